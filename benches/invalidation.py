"""The end of a tag that many entries depend on.

An entry depends on as many tags as are ended in the run, and each call ends one of them: so each
ends a tag of so many entries, and none has to be made anew. Ending is told to all caches of the
settings; so it runs in a process with the one that is measured.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial

from benches.children import Child
from benches.rivals import ALIASES
from benches.scenes import STORES, entries_of, invalidation, of_entries
from benches.session import Part, Plan, Roster, Session, Staged

CALLS = 5
"""Of a turn; the middle one counts."""
WARM_UP = 20
"""Calls before them, for a tag that nothing depends on: their process has waited until then."""
LOOKS = 1_000
"""Entries that are looked for when all are stored."""
CHUNK = 1_000
"""Entries that are loaded at once."""


def plan(roster: Roster) -> Plan:
    """A scene for each store; its contenders are tags of more and more entries."""
    names = tuple(of_entries(entries) for entries in roster.scale.invalidated)
    return {invalidation(store): names for store in STORES}


def staged(session: Session, wanted: Plan) -> Iterator[Staged]:
    """One store after the other: filling takes most of the time."""
    for scene, names in wanted.items():
        settings = {"default": session.settings[ALIASES[scene.store]]}
        tags = CALLS * session.scale.judged.rounds
        with closing(Child(settings)) as child:
            turns = {}
            for name in names:
                entries = entries_of(name)
                child.call(_fill, entries, tags)
                turns[name] = partial(_turn, child, entries)
            yield Staged(scene, turns, keys=1, calls=CALLS, processes=(child.pid,))


def _turn(child: Child, entries: int, order: list[int]) -> float:
    return float(child.call(_end, entries, len(order)))


_left: dict[int, list[str]] = {}
"""In the child: tags of so many entries that stand."""


def _fill(entries: int, tags: int) -> None:
    """Loads the entries, and looks whether they fit into the store."""
    from surecache.django import ABSENT, Region, Scope, Tag

    names = [f"{number} of {entries} entries" for number in range(tags)]
    region = Region(
        f"bench_{entries}_entries",
        key={"number": int},
        scope=Scope.public("figures of a benchmark"),
        ttl=3600,
        depends_on=[Tag(name) for name in names],
    )
    for first in range(0, entries, CHUNK):
        numbers = range(first, min(entries, first + CHUNK))
        region.get_or_load_many(_loaded, [{"number": number} for number in numbers])
    step = max(1, entries // LOOKS)
    lost = [number for number in range(0, entries, step) if region.peek(number=number) is ABSENT]
    if lost:
        raise AssertionError(f"wanted all entries in the store, found it without: {lost}")
    _left[entries] = names


def _loaded(keys: list[dict[str, int]]) -> list[int]:
    return [key["number"] for key in keys]


def _end(entries: int, calls: int) -> float:
    """Nanoseconds of the middle one of so many calls."""
    from surecache.django import Tag, invalidate

    gc.collect()
    for _ in range(WARM_UP):
        invalidate(Tag("of no entries"))
    times = []
    for _ in range(calls):
        tag = Tag(_left[entries].pop())
        start = time.perf_counter_ns()
        invalidate(tag)
        times.append(time.perf_counter_ns() - start)
    return statistics.median(times)


PARTS = (Part("invalidation", plan, staged, seconds=60),)
