"""Spans of time as callers give them: seconds, or a timedelta."""

from __future__ import annotations

import datetime
import math
from typing import NamedTuple

from surecache.errors import Misuse

__all__ = ["LEASE", "STALE", "TIMEOUT", "TTL", "WAIT", "Bounds", "Span", "seconds"]

Span = float | datetime.timedelta


class Bounds(NamedTuple):
    """The least and the most that is taken, in seconds, and how that is said."""

    least: float
    most: float
    words: str


_TEN_YEARS = 10 * 366 * 24 * 3600.0

# The core refuses what is outside these; here it is refused where the declaration stands.
LEASE = Bounds(0.05, 60.0, "50 ms to 1 minute")
STALE = Bounds(0.0, _TEN_YEARS, "0 to 10 years")
TIMEOUT = Bounds(0.001, 60.0, "1 ms to 1 minute")
TTL = Bounds(0.001, _TEN_YEARS, "1 ms to 10 years")
WAIT = Bounds(0.001, 3600.0, "1 ms to 1 hour")


def seconds(value: object, what: str, bounds: Bounds, *, error: type[Misuse] = Misuse) -> float:
    """The span in seconds.

    Args:
        value: Seconds as int or float, or a timedelta.
        what: Whose it is, for the error: ``region profile, ttl``.
        bounds: What is taken.
        error: What is raised.
    """
    if isinstance(value, datetime.timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise error(f"{what}: wanted seconds or a timedelta, found: {value!r}")
    if math.isnan(value) or not bounds.least <= value <= bounds.most:
        raise error(f"{what}: wanted {bounds.words}, found: {value!r} seconds")
    return float(value)
