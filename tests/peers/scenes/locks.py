"""Locks, and a walk over keys while the server is away."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.peers import programs
from tests.peers.scene import STORES, Scene
from tests.peers.stage import Stage

__all__ = ["SCENES"]

LEASE_S = 60
WATCHED_S = 2
FEW_A_SECOND = 1.5
"""Questions. Whom nobody might wake asks once a second, lest the word was lost."""

ROUNDS = 5
SOON_S = 0.2
"""In one of the rounds at least, who is woken has the lock by then; who asks less often than he may
does not.
"""


def key_of_a_lock(stage: Stage) -> str:
    """A lock is held, and the value of that name is deleted: may another take the lock?"""
    cache = stage.cache()
    assert cache.lock("job", timeout=LEASE_S).acquire()
    cache.delete("job")
    taken = cache.lock("job", timeout=LEASE_S).acquire(blocking=False)
    return "two hold it" if taken else "one holds it"


def lock_of_the_dead(stage: Stage) -> str:
    """A process takes a lock, with no word of its lease, and is killed."""
    return programs.run("locks", stage.subject, stage.location)


def loss_of_a_lock(stage: Stage) -> str:
    """The server loses a lock that is held, and another takes it; then the first gives it back."""
    cache = stage.cache()
    lock, other = (cache.lock("job", timeout=LEASE_S) for _ in range(2))
    assert lock.acquire()
    assert stage.server.ask("FLUSHALL") == b"+OK"
    assert other.acquire()
    told = "is not told"
    try:
        lock.release()
    except Exception as error:
        kinds = [kind.__name__ for kind in type(error).__mro__]
        told = "is told" if "LockError" in kinds else f"finds another error: {error!r}"
    assert not cache.lock("job", timeout=LEASE_S, blocking_timeout=SOON_S).acquire()
    return f"the holder {told}"


def wait_for_a_lock(stage: Stage) -> str:
    """A lock is held, and somebody waits for it: what the server is asked meanwhile, and how soon
    it is had when it is free.
    """
    cache = stage.cache()
    waits = [_wait(stage, cache, WATCHED_S), *(_wait(stage, cache, 0) for _ in range(ROUNDS))]
    asked, watched_s, _ = waits[0]
    if asked > 1 + FEW_A_SECOND * watched_s:
        return "it asks and asks"
    return "it is woken" if min(soon_s for *_, soon_s in waits) < SOON_S else "it sleeps"


def _wait(stage: Stage, cache: Any, watched_s: float) -> tuple[int, float, float]:
    """A holder lets a lock go ``watched_s`` after another has begun to ask for it: how often that
    was, in what time; and how long after that the other has it.
    """
    held = cache.lock("job", timeout=LEASE_S)
    assert held.acquire()
    with ThreadPoolExecutor(1) as pool:
        before, start = _questions(stage), time.monotonic()
        waiting = pool.submit(_acquire_and_release, cache)
        while _asked_since(before, stage) == 0:
            assert time.monotonic() - start < LEASE_S
        time.sleep(watched_s)
        asked, watched_s = _asked_since(before, stage), time.monotonic() - start
        held.release()
        released = time.monotonic()
        return asked, watched_s, waiting.result() - released


def _acquire_and_release(cache: Any) -> float:
    """When it was acquired."""
    lock = cache.lock("job", timeout=LEASE_S, blocking_timeout=LEASE_S)
    assert lock.acquire()
    acquired = time.monotonic()
    lock.release()
    return acquired


def keys_of_nothing(stage: Stage) -> str:
    """`iter_keys` where errors of the connection are to be ignored."""
    cache = stage.cache(ignores=True)
    stage.server.stop()
    try:
        return "there are none" if list(cache.iter_keys("*")) == [] else "there are some"
    except Exception:
        return "an error is raised"


def _questions(stage: Stage) -> dict[str, int]:
    """How often the server was given which command, this one left out."""
    told = stage.server.ask("INFO", "commandstats").decode()
    calls = dict(re.findall(r"cmdstat_([^:]+):calls=(\d+)", told))
    return {name: int(count) for name, count in calls.items() if name != "info"}


def _asked_since(before: dict[str, int], stage: Stage) -> int:
    """How often the lock was asked for since, by whichever command."""
    return max(count - before.get(name, 0) for name, count in _questions(stage).items())


SCENES = [
    Scene(
        "key-of-a-lock",
        "`lock(name)` lies under the key `name` of the cache: a `delete` ends it",
        key_of_a_lock,
        right="one holds it",
        ours=STORES,
        peers=dict.fromkeys(["django-cachex", "django-redis"], "two hold it"),
    ),
    Scene(
        "lock-of-the-dead",
        "A lock has no lease unless one is given: who dies with it holds it for ever",
        lock_of_the_dead,
        right="it is free again",
        ours=("redis",),
        peers={"django-redis": "it is held"},
    ),
    Scene(
        "loss-of-a-lock",
        "A lock that was lost, and that another holds, is given back without a word",
        loss_of_a_lock,
        right="the holder is told",
        ours=("redis",),
        peers={"django-vcache": "the holder is not told"},
    ),
    Scene(
        "wait-for-a-lock",
        "Who waits for a lock asks for it each tenth of a second",
        wait_for_a_lock,
        right="it is woken",
        ours=("redis",),
        peers=dict.fromkeys(["django-cachex", "django-redis", "django-vcache"], "it asks and asks"),
    ),
    Scene(
        "keys-of-nothing",
        "With IGNORE_EXCEPTIONS, `iter_keys` raises an error of the connection all the same",
        keys_of_nothing,
        right="there are none",
        ours=("redis",),
        peers={"django-redis": "an error is raised"},
    ),
]
