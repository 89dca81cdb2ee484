"""Cursors of a watched connection: what is asked of them beside `execute` is told to its watch."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

    from surecache.django._watch import Watch

__all__ = ["ATTRIBUTE", "watching"]

ATTRIBUTE = "_surecache_watch"
"""Where a connection keeps its watch."""

_READING = frozenset(
    [
        *("arraysize", "close", "description", "fetchall", "fetchmany", "fetchone", "itersize"),
        *("lastrowid", "name", "nextset", "query", "rowcount", "rownumber", "scroll", "scrollable"),
        *("setinputsizes", "setoutputsize", "statusmessage", "withhold", "_executed"),
    ]
)
"""What may be asked of a driver's cursor without a write."""


def watching(make: Callable[[Any], CursorWrapper]) -> Callable[[Any], CursorWrapper]:
    """A maker of cursors that are watched, from Django's."""

    @wraps(make)
    def call(raw: Any) -> CursorWrapper:
        cursor = make(raw)
        cursor.__class__ = _watched(type(cursor))  # type: ignore[arg-type]
        return cursor

    return call


@cache
def _watched(base: type[CursorWrapper]) -> type[CursorWrapper]:
    class Watched(base):  # type: ignore[misc, valid-type]
        def __getattr__(self, name: str) -> Any:
            if name not in _READING:
                _watch(self).written()
            elif name in ("close", "fetchall"):
                _watch(self).finished_reading(self)
            return super().__getattr__(name)

        def callproc(self, *arguments: Any, **named: Any) -> Any:
            _watch(self).written()
            return super().callproc(*arguments, **named)

        def copy(self, *arguments: Any, **named: Any) -> Any:
            _watch(self).written()
            copying = getattr(super(), "copy", None) or self.cursor.copy
            return copying(*arguments, **named)

    Watched.__name__ = Watched.__qualname__ = base.__name__
    return Watched


def _watch(cursor: CursorWrapper) -> Watch:
    watch: Watch = vars(cursor.db)[ATTRIBUTE]
    return watch
