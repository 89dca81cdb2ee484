"""What the databases allow a read to do, and when what ends answers takes effect."""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.connection import ConnectionDoesNotExist

from surecache.django._watch import (
    BYPASS,
    FULL,
    READ_ONLY,
    Admission,
    Hook,
    Watch,
    busy,
    opened_here,
    watch_of,
)
from surecache.errors import Misuse

__all__ = [
    "BYPASS",
    "FULL",
    "READ_ONLY",
    "Admission",
    "Hook",
    "admission",
    "at_commit",
    "watch_created",
]

_RANKS = {FULL: 0, READ_ONLY: 1, BYPASS: 2}


def admission(database: str) -> Admission:
    """What a read may do here: `FULL`, `READ_ONLY` or `BYPASS`.

    Args:
        database: The alias of the database that the region's loader reads.
    """
    if not busy:
        return FULL
    connection = _connection(database)
    found: Admission = watch_of(connection).admission()
    for watch in opened_here():
        if watch.connection is not connection and watch.connection.alias == database:
            found = max(found, watch.admission(), key=_RANKS.__getitem__)
    return found


def at_commit(database: str | None, hook: Hook) -> None:
    """Does something once the transaction that is open is committed; now where none is.

    Args:
        database: The alias whose transaction it is; None for any: it is done at the commit of each
            that is open.
        hook: What is done.
    """
    opened = _opened(database)
    if not opened:
        hook.act()
    for watch in opened:
        watch.on_commit(hook)


def watch_created(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Django's signal of a connection that was opened."""
    watch_of(connection)


def _opened(database: str | None) -> list[Watch]:
    aliases = [database] if database is not None else _used_aliases()
    here = [watch_of(_connection(alias)) for alias in aliases]
    elsewhere = (
        watch
        for watch in opened_here()
        if watch not in here and database in (None, watch.connection.alias)
    )
    return [watch for watch in (*here, *elsewhere) if watch.is_open()]


def _connection(alias: str) -> BaseDatabaseWrapper:
    try:
        return connections[alias]
    except ConnectionDoesNotExist as error:
        raise Misuse(f"wanted a database of DATABASES, found: {alias}") from error


def _used_aliases() -> list[str]:
    """The databases that this thread has a connection object of."""
    return [connection.alias for connection in connections.all(initialized_only=True)]
