"""Measures a hit: surecache's embedded store beside other caches that need no server.

All contenders hold the same values under the same keys and are read in turns, several rounds, in a
random order of keys; the figure is the median round. There are two kinds of values: a profile of
about 1 KiB, mostly text, and twenty rows, where most of the time goes into making many small
objects. Exit code 1 if with profiles surecache's `get` or a region's hit is slower than one of the
others; rows are shown beside, as there a region's safe codec competes with pickle.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

import django
from django.conf import settings
from django.core.cache import caches

KEYS = 1_000
READS = 5_000
ROUNDS = 9
RIVALS = ("diskcache", "LocMem", "file-based")
OURS = ("surecache get", "surecache region")

Read = Callable[[int], object]
Value = Callable[[int], dict[str, object]]


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="surecache-bench-") as folder:
        configure(folder)
        rows_medians = measure(contenders("rows", rows))
        medians = measure(contenders("profile", profile))
    tell("hit, twenty rows", rows_medians)
    slower = tell("hit, a profile", medians)
    for ours, rival in slower:
        print(f"FAILED: {ours} is slower than {rival}", file=sys.stderr)
    return 1 if slower else 0


def configure(folder: str) -> None:
    def cache(backend: str, location: str, **more: object) -> dict[str, object]:
        return {"BACKEND": backend, "LOCATION": location, "TIMEOUT": 3600, **more}

    many = {"MAX_ENTRIES": 10 * KEYS}
    core = "django.core.cache.backends"
    settings.configure(
        CACHES={
            "default": cache(
                "surecache.django.SureCache", f"embedded://{folder}/store", KEY_PREFIX="bench"
            ),
            "diskcache": cache("diskcache.DjangoCache", f"{folder}/diskcache"),
            "LocMem": cache(f"{core}.locmem.LocMemCache", "bench", OPTIONS=many),
            "file-based": cache(
                f"{core}.filebased.FileBasedCache", f"{folder}/files", OPTIONS=many
            ),
        },
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "surecache.django",
        ],
        SECRET_KEY="the secret of the bench",
    )
    django.setup()


def profile(number: int) -> dict[str, object]:
    teams = [{"id": team, "name": f"team {team}"} for team in range(number % 3, number % 3 + 3)]
    about = f"Person number {number} writes about what was done. " * 16
    name, mail = f"Person {number}", f"person{number}@example.com"
    return {"id": number, "name": name, "email": mail, "teams": teams, "about": about}


def rows(number: int) -> dict[str, object]:
    each = [{"id": number * 100 + row, "name": f"row {row} of {number}"} for row in range(20)]
    return {"id": number, "rows": each, "note": "x" * 64}


def contenders(kind: str, value: Value) -> dict[str, Read]:
    """Each filled, and a way to read one key that fails on a miss."""
    reads = {"surecache get": filled("default", kind, value)}
    reads["surecache region"] = region(kind, value)
    return {**reads, **{name: filled(name, kind, value) for name in RIVALS}}


def filled(alias: str, kind: str, value: Value) -> Read:
    cache = caches[alias]
    for number in range(KEYS):
        cache.set(f"{kind}:{number}", value(number))

    def read(number: int) -> object:
        return cache.get(f"{kind}:{number}")

    return read


def region(kind: str, value: Value) -> Read:
    from surecache.django import Region, Row, Scope

    values = Region(
        f"bench_{kind}",
        key={"number": int},
        scope=Scope.public("figures of a benchmark"),
        ttl=3600,
        depends_on=[Row("auth_user", id="number")],
    )
    loads = 0

    def load(number: int) -> dict[str, object]:
        nonlocal loads
        loads += 1
        if loads > KEYS:
            raise AssertionError(f"wanted a hit, found a miss: {number}")
        return value(number)

    def read(number: int) -> object:
        return values.get_or_load(load, number=number)

    for number in range(KEYS):
        read(number)
    return read


def measure(reads: dict[str, Read]) -> dict[str, float]:
    """Median nanoseconds a read, of rounds in which the contenders take turns."""
    rounds: dict[str, list[float]] = {name: [] for name in reads}
    dice = random.Random(7)
    for _ in range(ROUNDS):
        order = [dice.randrange(KEYS) for _ in range(READS)]
        for name in dice.sample(list(reads), len(reads)):
            rounds[name].append(timed(reads[name], order))
    return {name: statistics.median(each) for name, each in rounds.items()}


def timed(read: Read, order: list[int]) -> float:
    start = time.perf_counter_ns()
    for number in order:
        if read(number) is None:
            raise AssertionError(f"wanted a hit, found a miss: {number}")
    return (time.perf_counter_ns() - start) / len(order)


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
