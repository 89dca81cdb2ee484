"""Locks, and a walk over keys while the server is away."""

from __future__ import annotations

import re

from tests.peers import programs
from tests.peers.scene import STORES, Scene
from tests.peers.stage import Stage

__all__ = ["SCENES"]

LEASE_S = 60
WATCHED_S = 1
FEW = 5
"""Questions in that time. Who asks each tenth of a second asks twice as often."""


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
    """The server loses a lock that is held; then its holder gives it back."""
    lock = stage.cache().lock("job", timeout=LEASE_S)
    assert lock.acquire()
    assert stage.server.ask("FLUSHALL") == b"+OK"
    try:
        lock.release()
    except Exception:
        return "the holder is told"
    return "the holder is not told"


def wait_for_a_lock(stage: Stage) -> str:
    """A lock is held, and somebody waits for it: what the server is asked meanwhile."""
    cache = stage.cache()
    assert cache.lock("job", timeout=LEASE_S).acquire()
    waiting = cache.lock("job", timeout=LEASE_S, blocking_timeout=WATCHED_S)
    before = _questions(stage)
    assert not waiting.acquire()
    return "it asks and asks" if _questions(stage) - before > FEW else "it is woken"


def keys_of_nothing(stage: Stage) -> str:
    """`iter_keys` where errors of the connection are to be ignored."""
    cache = stage.cache(ignores=True)
    stage.server.stop()
    try:
        return "there are none" if list(cache.iter_keys("*")) == [] else "there are some"
    except Exception:
        return "an error is raised"


def _questions(stage: Stage) -> int:
    """How often a lock was asked for: by `SET NX`, or by a script."""
    told = stage.server.ask("INFO", "commandstats").decode()
    return sum(int(calls) for calls in re.findall(r"cmdstat_(?:set|evalsha):calls=(\d+)", told))


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
        "A lock that was lost is given back without a word",
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
