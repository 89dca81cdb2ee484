"""What aliases say, and what is made of it."""

from __future__ import annotations

import contextlib
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import Any

from tests.peers.scene import Scene
from tests.peers.silent import Silent
from tests.peers.stage import Stage
from tests.servers import RedisServer

__all__ = ["SCENES"]

SHORT_S, LONG_S, PATIENCE_S = 0.1, 1.5, 20
TTL_S = 100


def first_alias_wins(stage: Stage) -> str:
    """Two aliases at one place have a long and a short time-out; both ask a server that does not
    answer, the long one first.
    """
    with Silent(stage.folder) as server, ThreadPoolExecutor(2) as pool:
        long, short = stage.caches(
            default={"location": server.location, "timeout_s": LONG_S, "prefix": "long"},
            short={"location": server.location, "timeout_s": SHORT_S, "prefix": "short"},
        )
        first = pool.submit(_ask, long)
        server.await_connections(1, PATIENCE_S)
        second = pool.submit(_ask, short)
        ended, _ = wait([first, second], PATIENCE_S, FIRST_COMPLETED)
        assert ended
        # With one time-out for both they end almost at once, in either order.
        soon, _ = wait([first], LONG_S / 3)
        return "the second has the first's" if soon else "each has its own time-out"


def time_to_live_after_a_retry(stage: Stage) -> str:
    """A value is set while a server is down; for how long it is kept when a server has taken it.
    django-redis has a second server that takes it; surecache's comes back, and the caller asks it
    again.
    """
    server = stage.server
    if stage.subject == "redis":
        cache = stage.cache()
        cache.set("key", "value")
        server.restart()
    else:
        other = stage.enter(RedisServer(stage.folder / "other"))
        places = [server.location, other.location]
        cache = stage.cache(location=places, REPLICA_READ_ONLY=False)
        server.stop()
        server = other
    for _ in range(2):
        with contextlib.suppress(Exception):
            cache.set("key", "value", TTL_S)
    left = int(server.ask("PTTL", "shop:1:key").removeprefix(b":"))
    assert left > 0
    return "as long as was said" if left <= TTL_S * 1000 else "longer than was said"


def _ask(cache: Any) -> None:
    with contextlib.suppress(Exception):
        cache.get("key")


SCENES = [
    Scene(
        "first-alias-wins",
        "Two aliases at one place share their connections: the first one's options win",
        first_alias_wins,
        right="each has its own time-out",
        ours=("redis",),
        peers={"django-redis": "the second has the first's"},
    ),
    Scene(
        "time-to-live-after-a-retry",
        "A `set` that is tried again after a failure multiplies its time to live by 1000",
        time_to_live_after_a_retry,
        right="as long as was said",
        ours=("redis",),
        peers={"django-redis": "longer than was said"},
    ),
]
