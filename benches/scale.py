"""How long, how often and of what size: the whole record, or what shows that all of it works."""

from __future__ import annotations

from dataclasses import dataclass

from benches.values import MOST_KEYS


@dataclass(frozen=True)
class Pace:
    """Of a scene: so many rounds, of turns of about so long and of at least so many calls."""

    rounds: int
    turn_s: float
    least_calls: int = 8


@dataclass(frozen=True)
class Scale:
    """What a run takes its numbers from."""

    name: str
    judged: Pace
    """Where a bar is judged. Threads that begin a turn need a part of it until the system has found
    places for them."""
    told: Pace
    """Where the times are told and nothing more."""
    keys: int
    entries: tuple[int, ...]
    """Held while one of them is read."""
    slow_entries: int
    """At most so many for a cache that would take minutes to be filled."""
    tags: tuple[int, ...]
    """That an answer depends on."""
    invalidated: tuple[int, ...]
    """Entries of a tag that is invalidated."""
    tasks: tuple[int, ...]
    """Calls of `aget` at once; a bar is of the middle one."""
    requests: int
    """At once."""
    setup: float = 1
    """Share of the time that it takes to make things ready at full scale."""


FULL = Scale(
    "full",
    judged=Pace(7, 0.8, 200),
    told=Pace(3, 0.3),
    keys=MOST_KEYS,
    entries=(10_000, 100_000, 1_000_000),
    slow_entries=100_000,
    tags=(0, 1, 2, 5, 10, 20, 50),
    invalidated=(1_000, 10_000, 100_000, 1_000_000),
    tasks=(1, 50, 500),
    requests=300,
)

TINY = Scale(
    "tiny",
    judged=Pace(2, 0.002, 2),
    told=Pace(1, 0.001, 2),
    keys=100,
    entries=(100, 200),
    slow_entries=100,
    tags=(0, 2),
    invalidated=(5, 50),
    tasks=(1, 5, 10),
    requests=12,
    setup=0.1,
)
"""Shows that everything works; its times mean nothing."""

SCALES = {scale.name: scale for scale in (FULL, TINY)}
