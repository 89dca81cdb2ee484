"""The sentinel for "there is no answer"; `None` is an answer."""

from __future__ import annotations

import enum
from typing import Final

__all__ = ["ABSENT", "Absent"]


class Absent(enum.Enum):
    """There is no answer: what `peek` returns for it, and what a loader may return."""

    ABSENT = "ABSENT"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent.ABSENT
