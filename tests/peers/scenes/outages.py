"""Plain keys while the server is down."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from tests.peers.scene import Scene
from tests.peers.silent import Silent
from tests.peers.stage import Stage

__all__ = ["SCENES"]

CALLS = 12
TIMEOUT_S = 0.05
WAITS_S = 1


def shared_dict(stage: Stage) -> dict[str, Any]:
    """A caller adds to the dict that `get_many` gave it; what the next caller is given."""
    cache = stage.cache(ignores=True)
    stage.server.stop()
    cache.get_many(["key"])["key"] = "of a caller"
    return dict(cache.get_many(["other"]))


def answers_of_nothing(stage: Stage) -> dict[str, object]:
    """What calls give where errors of the server are to be ignored."""
    cache = stage.cache(ignores=True)
    stage.server.stop()
    return {
        "set": cache.set("key", "value"),
        "add": cache.add("key", "value"),
        "incr": _given(cache.incr, "visits"),
    }


def raised_all_the_same(stage: Stage) -> list[str]:
    """Which calls raise an error of the connection where such errors are to be ignored."""
    cache = stage.cache(ignores=True)
    stage.server.stop()
    raised = []
    for name, arguments in {"ttl": ("key",), "touch": ("key", 10), "persist": ("key",)}.items():
        try:
            getattr(cache, name)(*arguments)
        except Exception:
            raised.append(name)
    return raised


def waits_each_time(stage: Stage) -> str:
    """Calls to a server that takes connections and does not answer."""
    with Silent(stage.folder) as server:
        cache = stage.cache(location=server.location, timeout_s=TIMEOUT_S)
        for _ in range(CALLS):
            with contextlib.suppress(Exception):
                cache.get("key")
        return "each call waits" if server.connections >= CALLS else "a few calls wait"


def waits_for_nothing(stage: Stage) -> str:
    """A call to a server that refuses connections: there is nothing to be waited for."""
    cache = stage.cache()
    stage.server.stop()
    start = time.monotonic()
    with contextlib.suppress(Exception):
        cache.get("key")
    return "it waits" if time.monotonic() - start > WAITS_S else "it is told at once"


def _given(call: Any, *arguments: Any) -> object:
    try:
        return call(*arguments)
    except ValueError:
        return "ValueError"


SCENES = [
    Scene(
        "shared-dict",
        "With IGNORE_EXCEPTIONS, `get_many` gives all callers one dict, which each may change",
        shared_dict,
        right={},
        ours=("redis",),
        peers={"django-redis": {"key": "of a caller"}},
    ),
    Scene(
        "answers-of-nothing",
        "With IGNORE_EXCEPTIONS, `set`, `add` and `incr` give None: neither bool nor number",
        answers_of_nothing,
        right={"set": False, "add": False, "incr": "ValueError"},
        ours=("redis",),
        peers={"django-redis": {"set": None, "add": None, "incr": None}},
    ),
    Scene(
        "raised-all-the-same",
        "With IGNORE_EXCEPTIONS, some calls raise errors of the connection all the same",
        raised_all_the_same,
        right=[],
        ours=("redis",),
        peers={"django-redis": ["ttl", "touch", "persist"]},
    ),
    Scene(
        "waits-each-time",
        "While the server does not answer, each call waits for its time-out",
        waits_each_time,
        right="a few calls wait",
        ours=("redis",),
        peers={"django-core": "each call waits", "django-redis": "each call waits"},
    ),
    Scene(
        "waits-for-nothing",
        "While the server refuses connections, a call waits for seconds",
        waits_for_nothing,
        right="it is told at once",
        ours=("redis",),
        peers={"django-vcache": "it waits"},
    ),
]
