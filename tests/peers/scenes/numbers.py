"""Counters."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.peers.scene import STORES, Scene
from tests.peers.stage import Stage

__all__ = ["SCENES"]

THREADS = 8
TIMES = 50
LARGEST = 2**63 - 1


def lost_increments(stage: Stage) -> str:
    """Threads count past what 64 bits hold."""
    cache, start = stage.cache(), LARGEST - TIMES
    cache.set("visits", start)

    def count(_: int) -> int:
        done = 0
        for _ in range(TIMES):
            try:
                cache.incr("visits")
            except OverflowError:
                continue
            done += 1
        return done

    with ThreadPoolExecutor(THREADS) as pool:
        done = sum(pool.map(count, range(THREADS)))
    assert done >= TIMES
    return "none is lost" if cache.get("visits") == start + done else "some are lost"


SCENES = [
    Scene(
        "lost-increments",
        "`incr` past 64 bits reads and writes in two steps: increments at once are lost",
        lost_increments,
        right="none is lost",
        ours=STORES,
        peers=dict.fromkeys(["django-cachex", "django-redis"], "some are lost"),
    ),
]
