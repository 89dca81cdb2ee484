"""Times left, as tests compare them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Left:
    """A time left in seconds, equal to another one and to a number of seconds that is no more. What
    was looked at a little later, on a slow machine, is the same.
    """

    seconds: float

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (int, float)):
            return other <= self.seconds and self == Left(other)
        if not isinstance(other, Left):
            return NotImplemented
        longer = max(self.seconds, other.seconds)
        return abs(self.seconds - other.seconds) <= LATER_S + LATER_PART * longer

    __hash__ = None  # type: ignore[assignment]


LATER_S = 3
LATER_PART = 0.02
