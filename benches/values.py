"""What is cached, each value told by its number.

The bars are of ``BYTES``: taking it apart costs next to nothing, so that a time is that of the
cache. ``DICTIONARY`` is pickled to the same size, and most of its time is that of pickle, which all
contenders share.
"""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable
from typing import NamedTuple

MOST_KEYS = 1_000
MOST_BYTES = 16 << 20
"""As much as all values of a contender may take up: large ones have fewer keys."""


class Kind(NamedTuple):
    """A kind of value."""

    name: str
    size_bytes: int
    make: Callable[[int], object]

    def keys(self, most: int = MOST_KEYS) -> int:
        """As many keys, and values, has each contender."""
        return max(1, min(most, MOST_BYTES // self.size_bytes))


def of_bytes(name: str, size_bytes: int) -> Kind:
    """Random bytes, which nothing can compress."""
    return Kind(name, size_bytes, lambda number: random.Random(number).randbytes(size_bytes))


def profile(number: int) -> dict[str, object]:
    """A dictionary as sites have it, mostly text, that is pickled to 1 KiB."""
    teams = [{"id": team, "name": f"team {team}"} for team in range(number % 3, number % 3 + 3)]
    about = f"Person number {number} writes about what was done. " * 15
    name, mail = f"Person {number}", f"person{number}@example.com"
    value = {"id": number, "name": name, "email": mail, "teams": teams, "about": about, "note": ""}
    return {**value, "note": "x" * (KIBIBYTE - len(pickle.dumps(value)))}


KIBIBYTE = 1_024

SHORT = of_bytes("100 B", 100)
BYTES = of_bytes("1 KiB", KIBIBYTE)
LARGE = of_bytes("64 KiB", 64 * KIBIBYTE)
DICTIONARY = Kind("1 KiB dict", KIBIBYTE, profile)

GROWING = (
    SHORT,
    of_bytes("1 kB", 1_000),
    of_bytes("10 kB", 10_000),
    of_bytes("100 kB", 100_000),
    of_bytes("1 MB", 1_000_000),
)
"""For the curve over sizes."""

KINDS = {kind.name: kind for kind in (SHORT, BYTES, LARGE, DICTIONARY, *GROWING)}
