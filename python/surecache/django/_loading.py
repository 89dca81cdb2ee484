"""The load that runs here: what a loader, and a region that is read inside one, hand over to it.

It stands in a context variable, so it follows Django's threads for synchronous code. A thread that
a loader starts by itself does not see it: what is read there is not handed over.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from surecache.django._declare import Row, Rows, Table, Tag
from surecache.errors import Misuse

if TYPE_CHECKING:
    from surecache._core import Load
    from surecache._core import Tag as CoreTag

__all__ = ["Loading", "around", "current", "depends", "entered", "next_moment", "running"]

_moments = itertools.count(1)


def next_moment() -> int:
    """A number above all that were given before: the order in which loads and transactions began in
    this process.
    """
    return next(_moments)


@dataclass(frozen=True)
class Loading:
    """What runs: a load, of one key or of many, or one that is not stored (`Uncacheable`)."""

    load: Load | None
    database: str
    began: int

    def forbid_storing(self) -> None:
        """What comes of it is given to its caller and to nobody else."""
        if self.load is not None:
            self.load.forbid_storing()


running: Final[set[int]] = set()
"""The loads of this process, by identity: while there is none, nobody need look for his own."""

_current: ContextVar[Loading | None] = ContextVar("surecache_loading", default=None)


current = _current.get
"""What runs here; None outside of loaders."""


@contextmanager
def entered(load: Load | None, database: str) -> Iterator[Loading]:
    """While it lasts, this load runs here."""
    loading = Loading(load, database, next_moment())
    token = _current.set(loading)
    running.add(id(loading))
    try:
        yield loading
    finally:
        running.discard(id(loading))
        _current.reset(token)


def around(is_storable: bool) -> Load | None:
    """The load that an answer read here becomes part of. Where this read cannot be stored, neither
    can what contains it.
    """
    loading = current()
    if loading is None:
        return None
    if not is_storable:
        loading.forbid_storing()
    return loading.load


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
    if loading.load is not None:
        loading.load.depends(tags)
