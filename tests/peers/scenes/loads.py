"""Loads: many at once, and one that outlives the end of what it read."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from tests.django.database import Gate
from tests.peers import programs
from tests.peers.scene import STORES, Scene
from tests.peers.stage import Stage
from tools.steps import node_peers, rust_peers

__all__ = ["SCENES"]

THREADS = 50
HELD_S = 0.5
"""A load lasts so long, or until each thread has begun one."""

RUST = ("foyer", "moka")
"""What is played by a Rust program."""


def herd(stage: Stage) -> str:
    """Fifty threads find a key cold."""
    cache = stage.loading()
    ready, counting = threading.Barrier(THREADS), threading.Lock()
    all_load = threading.Event()
    loads = 0

    def load() -> str:
        nonlocal loads
        with counting:
            loads += 1
            if loads == THREADS:
                all_load.set()
        all_load.wait(HELD_S)
        return "value"

    def read(_: int) -> object:
        ready.wait()
        return cache.get_or_set("key", load)

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(read, range(THREADS))) == ["value"] * THREADS
    return "one load" if loads == 1 else "many loads"


def late_load(stage: Stage) -> str:
    """A load has read the old row; the row changes and the answer is ended; then the load ends."""
    if stage.subject in RUST:
        return str(programs.run_program(rust_peers.PROGRAM, stage.subject))
    if stage.subject == "bentocache":
        return str(programs.run_program("node", node_peers.PROGRAM))
    cache, gate, row = stage.loading(), Gate(), ["old"]

    def load() -> str:
        read = row[0]
        gate.hold()
        return read

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(cache.get_or_set, "key", load)
        gate.await_begun()
        row[0] = "new"
        cache.delete("key")
        gate.let_go()
        reading.result()
    return "the old value is kept" if cache.get("key") == "old" else "nothing old is kept"


SCENES = [
    Scene(
        "herd",
        "Fifty threads find a key cold, and more than one of them computes its value",
        herd,
        right="one load",
        ours=STORES,
        peers=dict.fromkeys(
            [
                "diskcache",
                "django-cachex",
                "django-core",
                "django-locmem",
                "django-redis",
                "django-redis-herd",
                "django-valkey",
                "django-vcache",
            ],
            "many loads",
        ),
    ),
    Scene(
        "late-load",
        "A computation that began before a `delete` ends after it, and stores the old value",
        late_load,
        right="nothing old is kept",
        ours=STORES,
        peers=dict.fromkeys(
            [
                "bentocache",
                "cashews",
                "diskcache",
                "django-cachex",
                "django-core",
                "django-locmem",
                "django-redis",
                "django-redis-herd",
                "django-valkey",
                "django-vcache",
                "dogpile.cache",
                *RUST,
            ],
            "the old value is kept",
        ),
    ),
]
