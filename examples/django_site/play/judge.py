"""Counts wrong answers: pure functions over what the clients noted, no clock and no I/O.

All times are seconds of one monotonic clock, that of the driving process. An answer is judged
only by writes that had returned before its request started: what overlaps a write may be older.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FAILURES = ("loads", "foreign", "stale_after_revoke", "stale_after_update", "stale_fill")
# The one load that a cold key needs; of everything else none is right.
EXPECTED = {"loads": 1}
PERCENTILES = (50, 95, 99)


@dataclass(frozen=True)
class Reading:
    """One request and its answer.

    `asked` and `answered` are (user, team), the team 0 for a profile. `version` is the one that
    the phase watches: of the profile's row or of the membership's.
    """

    started: float
    ended: float
    asked: tuple[int, int]
    answered: tuple[int, int]
    permissions: frozenset[str]
    version: int
    loaded: bool
    service_ms: float
    worker: int

    @property
    def latency_ms(self) -> float:
        return (self.ended - self.started) * 1000


@dataclass(frozen=True)
class Write:
    """A write whose answer had arrived at `returned`; the row then had `version`."""

    returned: float
    version: int


def versions_behind(reading: Reading, writes: Sequence[Write]) -> int:
    """How many versions the answer lacks that had returned before its request started."""
    known = [write.version for write in writes if write.returned < reading.started]
    return max(0, max(known, default=0) - reading.version)


def count_stale(readings: Iterable[Reading], writes: Sequence[Write]) -> int:
    """Answers older than a write that had returned before their request started."""
    return sum(1 for reading in readings if versions_behind(reading, writes))


def shows_revoked(reading: Reading, kind: str, revoked_at: float) -> bool:
    """Whether a request that started after the revocation was answered with the revoked kind."""
    return reading.started > revoked_at and kind in reading.permissions


def revoked_window_s(readings: Iterable[Reading], kind: str, revoked_at: float) -> float:
    """Seconds from the revocation to the end of the last answer that still showed the kind."""
    ends = [r.ended for r in readings if shows_revoked(r, kind, revoked_at)]
    return max(ends, default=revoked_at) - revoked_at


def count_foreign(
    readings: Iterable[Reading],
    rights: Mapping[tuple[int, int], frozenset[str]] | None = None,
) -> int:
    """Answers made for somebody else: another user, another team, or rights the asker lacks.

    `rights` maps (user, team) to all kinds that the user may see; who is not in it is judged by
    user and team alone.
    """
    return sum(1 for reading in readings if is_foreign(reading, rights or {}))


def is_foreign(reading: Reading, rights: Mapping[tuple[int, int], frozenset[str]]) -> bool:
    if reading.asked != reading.answered:
        return True
    return reading.asked in rights and not reading.permissions <= rights[reading.asked]


def percentile(samples: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile: a value that was measured, never one in between.

    Raises:
        ValueError: no samples, or a percentage outside 0 < percent <= 100.
    """
    if not samples:
        raise ValueError("wanted at least one sample, found none")
    if not 0 < percent <= 100:
        raise ValueError(f"wanted a percentage above 0 and up to 100, found: {percent}")
    ordered = sorted(samples)
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]


def summarize(samples: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the count of some latencies in milliseconds."""
    figures = {f"p{p}": round(percentile(samples, p), 3) for p in PERCENTILES}
    return {**figures, "count": len(samples)}


def hit_rate(requests: int, loads: int) -> float:
    """The share of requests that needed no load, from 0 to 1; loads of other requests count."""
    return round(max(0.0, 1 - loads / requests), 5) if requests else 0.0


def find_faults(halves: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What speaks against the demo, in words: surecache was wrong, or naive failed to fail."""
    faults = []
    for failure in FAILURES:
        expected = EXPECTED.get(failure, 0)
        found = halves.get("surecache", {}).get(failure, expected)
        if found != expected:
            faults.append(f"surecache was wrong: wanted {failure} {expected}, found: {found}")
        found = halves.get("naive", {}).get(failure, expected + 1)
        if found <= expected:
            faults.append(
                f"the naive half failed to fail: wanted {failure} above {expected}, found: {found}"
            )
    return faults
