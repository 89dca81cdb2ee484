"""What is cached: values as sites have them, each told by its number."""

from __future__ import annotations

import pickle
from collections.abc import Callable

KEYS = 1_000
"""As many keys, and values, has each contender."""

SIZE_BYTES = 1_024

Value = Callable[[int], dict[str, object]]


def profile(number: int) -> dict[str, object]:
    """Mostly text, about 1 KiB."""
    teams = [{"id": team, "name": f"team {team}"} for team in range(number % 3, number % 3 + 3)]
    about = f"Person number {number} writes about what was done. " * 16
    name, mail = f"Person {number}", f"person{number}@example.com"
    return {"id": number, "name": name, "email": mail, "teams": teams, "about": about}


def kibibyte(number: int) -> dict[str, object]:
    """A profile that is pickled to 1 KiB."""
    value = {**profile(number), "note": ""}
    return {**value, "note": "x" * (SIZE_BYTES - len(pickle.dumps(value)))}


def rows(number: int) -> dict[str, object]:
    """Twenty small objects in a list."""
    each = [{"id": number * 100 + row, "name": f"row {row} of {number}"} for row in range(20)]
    return {"id": number, "rows": each, "note": "x" * 64}
