"""What loaders return, on its way to the core."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from surecache._absent import Absent

__all__ = ["Kept", "NoAnswer", "checked"]


class NoAnswer(Exception):
    """A loader returned `ABSENT`: there is nothing to store. Never leaves this package."""


class Kept:
    """A call whose value is kept here instead of being encoded: it is not stored anyway."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call
        self.value: Any = None

    def __call__(self, *arguments: Any) -> None:
        self.value = self._call(*arguments)


def checked(value: Any) -> Any:
    """What a loader returned, where there is an answer."""
    if isinstance(value, Absent):
        raise NoAnswer
    return value
