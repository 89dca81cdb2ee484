"""The load that runs here: what a loader, and a region that is read inside one, hand over to it.

It stands in a context variable, so it follows Django's threads for synchronous code. A thread that
a loader starts by itself does not see it: what is read there is not handed over.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from surecache.django._declare import Row, Rows, Table, Tag
from surecache.errors import Misuse

if TYPE_CHECKING:
    from surecache._core import Load
    from surecache._core import Tag as CoreTag

__all__ = ["Loading", "current", "depends", "entered", "next_moment", "running", "through"]

_T = TypeVar("_T")

_moments = itertools.count(1)


def next_moment() -> int:
    """A number above all that were given before: the order in which loads and transactions began in
    this process.
    """
    return next(_moments)


@dataclass(frozen=True)
class Loading:
    """What runs: one load, those of many keys at once, or none that is stored (`Uncacheable`)."""

    loads: tuple[Load, ...]
    database: str
    began: int

    def forbid_storing(self) -> None:
        """What comes of it is given to its caller and to nobody else."""
        for load in self.loads:
            load.forbid_storing()


running: Final[set[int]] = set()
"""The loads of this process, by identity: while there is none, nobody need look for his own."""

_current: ContextVar[Loading | None] = ContextVar("surecache_loading", default=None)


current = _current.get
"""What runs here; None outside of loaders."""


@contextmanager
def entered(loads: tuple[Load, ...], database: str) -> Iterator[Loading]:
    """While it lasts, these loads run here."""
    loading = Loading(loads, database, next_moment())
    token = _current.set(loading)
    running.add(id(loading))
    try:
        yield loading
    finally:
        running.discard(id(loading))
        _current.reset(token)


def through(loading: Loading | None, is_storable: bool, read: Callable[[Load | None], _T]) -> _T:
    """Reads, inside a loader once for each load that the answer becomes part of.

    The answer is that of the last read: whatever the others were stamped with is not younger than
    it. Where this read cannot be stored, neither can what contains it, and one read is enough.
    """
    if loading is None:
        return read(None)
    if not is_storable:
        loading.forbid_storing()
    loads: tuple[Load | None, ...] = loading.loads or (None,)
    for load in loads[:-1] if is_storable else ():
        read(load)
    return read(loads[-1])


def depends(*values: Row | Rows | Table | Tag) -> None:
    """Tells, inside a loader, what else its answer depends on. Call it before the data is read.

    Args:
        values: Rows with values, tables, named things.

    Raises:
        Misuse: No loader runs here, or a value is none of these.
    """
    loading = current()
    if loading is None:
        raise Misuse("depends: wanted a call inside a loader, found: none that runs here")
    tags: list[CoreTag] = []
    for value in values:
        if isinstance(value, Tag):
            tags.append(value.tag())
        elif isinstance(value, Rows | Table):
            # Whoever ends it may name the database by either.
            aliases = {value.database or loading.database, value.database or value.source.database}
            tags.extend(tag for alias in sorted(aliases) for tag in value.stamped(alias))
        else:
            raise Misuse(f"depends: wanted Row, Rows, Table or Tag, found: {value!r}")
    for load in loading.loads:
        load.depends(tags)
