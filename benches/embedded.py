"""Measures a hit: surecache's embedded store beside other caches that need no server.

All contenders hold the same values under the same keys and are read in turns, several rounds, in a
random order of keys; the figure is the median round. There are two kinds of values: a profile of
about 1 KiB, mostly text, and twenty rows, where most of the time goes into making many small
objects. Exit code 1 if with profiles surecache's `get` or a region's hit is slower than one of the
others; rows are shown beside, as there a region's safe codec competes with pickle.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time

from django.core.cache import caches

from benches import region, site
from benches.region import Read
from benches.rounds import Turn, take_turns
from benches.values import KEYS, Value, profile, rows

READS = 5_000
ROUNDS = 9
RIVALS = ("diskcache", "LocMem", "file-based")
OURS = ("surecache get", "surecache region")


def main() -> int:
    """Measures, tells, and judges."""
    with tempfile.TemporaryDirectory(prefix="surecache-bench-") as folder:
        site.configure(contending(folder))
        rows_medians = measure(contenders("rows", rows))
        medians = measure(contenders("profile", profile))
    tell("hit, twenty rows", rows_medians)
    slower = tell("hit, a profile", medians)
    for ours, rival in slower:
        print(f"FAILED: {ours} is slower than {rival}", file=sys.stderr)
    return 1 if slower else 0


def contending(folder: str) -> dict[str, dict[str, object]]:
    """The caches, all below one folder."""

    def cache(backend: str, location: str, **more: object) -> dict[str, object]:
        return {"BACKEND": backend, "LOCATION": location, "TIMEOUT": 3600, **more}

    many = {"MAX_ENTRIES": 10 * KEYS}
    core = "django.core.cache.backends"
    ours = "surecache.django.SureCache"
    return {
        "default": cache(ours, f"embedded://{folder}/store", KEY_PREFIX="bench"),
        "diskcache": cache("diskcache.DjangoCache", f"{folder}/diskcache"),
        "LocMem": cache(f"{core}.locmem.LocMemCache", "bench", OPTIONS=many),
        "file-based": cache(f"{core}.filebased.FileBasedCache", f"{folder}/files", OPTIONS=many),
    }


def contenders(kind: str, value: Value) -> dict[str, Read]:
    """Each filled, and a way to read one key that fails on a miss."""
    reads = {"surecache get": filled("default", kind, value)}
    reads["surecache region"] = region.filled(f"bench_{kind}", value)
    return {**reads, **{name: filled(name, kind, value) for name in RIVALS}}


def filled(alias: str, kind: str, value: Value) -> Read:
    """A cache with a value under each key, and the way to read one."""
    cache = caches[alias]
    for number in range(KEYS):
        cache.set(f"{kind}:{number}", value(number))

    def read(number: int) -> object:
        return cache.get(f"{kind}:{number}")

    return read


def measure(reads: dict[str, Read]) -> dict[str, float]:
    """Median nanoseconds a read."""
    turns = {name: turn_of(read) for name, read in reads.items()}
    times = take_turns(turns, dict.fromkeys(turns, READS), ROUNDS)
    return {name: statistics.median(each) for name, each in times.items()}


def turn_of(read: Read) -> Turn:
    """Reads that must all be hits."""

    def turn(order: list[int]) -> float:
        start = time.perf_counter_ns()
        for number in order:
            if read(number) is None:
                raise AssertionError(f"wanted a hit, found a miss: {number}")
        return (time.perf_counter_ns() - start) / len(order)

    return turn


def tell(title: str, medians: dict[str, float]) -> list[tuple[str, str]]:
    """Prints the table; returns the pairs in which surecache is the slower one."""
    print(f"{title:18} {'ns':>9}" + "".join(f"  {'x ' + ours:>18}" for ours in OURS))
    for name, nanoseconds in sorted(medians.items(), key=lambda each: each[1]):
        ratios = "".join(f"  {nanoseconds / medians[ours]:18.2f}" for ours in OURS)
        print(f"{name:18} {nanoseconds:9.0f}{ratios}")
    print()
    return [(ours, rival) for ours in OURS for rival in RIVALS if medians[ours] > medians[rival]]


if __name__ == "__main__":
    sys.exit(main())
