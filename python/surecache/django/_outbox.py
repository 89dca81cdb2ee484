"""What a transaction owes to the stores, kept in its own database until it is delivered.

Before a transaction is committed, rows that say what it ends are written in it, so that they are
committed or rolled back with it; they are deleted once all stores have taken what they say. What a
process that was killed in between leaves is delivered by others: see ``_leftovers``.

Nothing here fails a write: where the table is missing, or does not take a row, the transaction
owes nothing, a killed process loses what it was to do, and a warning is logged.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import time
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_migrate
from django.db.models.sql import InsertQuery

from surecache._core import Tag as CoreTag
from surecache.django import _engines
from surecache.django._snapshots import is_replica
from surecache.errors import Misuse

__all__ = [
    "FORMAT",
    "has_table",
    "is_wanted",
    "namespaces",
    "owe",
    "read",
    "settle",
    "written",
]

FORMAT = 1
"""Of the bytes of a row. Each version of surecache delivers the rows whose format it knows."""

_ROW_TAGS = 1000
_LENGTH_BYTES = 4
_LOOK_AGAIN_S = 60.0
"""A table that was missing is looked for again after so many seconds."""

_logger = logging.getLogger("surecache")
_found: dict[tuple[str, str], tuple[bool, float]] = {}
_told: set[str] = set()


def owe(connection: BaseDatabaseWrapper, tags: Sequence[CoreTag]) -> list[int]:
    """Writes down, in the transaction that is about to be committed, that tags end.

    Returns:
        The numbers of the rows; none where there is nothing to end, or no row was taken.
    """
    if not tags or not is_wanted(connection):
        return []
    try:
        with _unbroken(connection):
            if not has_table(connection):
                _tell_missing(connection.alias)
                return []
            return [
                _insert(connection, namespace, row)
                for row in _rows(tags)
                for namespace in namespaces()
            ]
    except Exception as error:
        _logger.warning("%s: the outbox did not take a row: %s", connection.alias, error)
        return []


def settle(connection: BaseDatabaseWrapper, numbers: Sequence[int]) -> None:
    """Deletes rows, all of which were delivered. What cannot be deleted is delivered again."""
    marks = ", ".join(["%s"] * len(numbers))
    try:
        with _unbroken(connection), connection.cursor() as cursor:
            table = connection.ops.quote_name(_table())
            cursor.execute(f"DELETE FROM {table} WHERE id IN ({marks})", numbers)
    except Exception as error:
        _logger.warning("%s: delivered rows are left in the outbox: %s", connection.alias, error)


def has_table(connection: BaseDatabaseWrapper) -> bool:
    """Whether the database has the table; asked once, and now and then while it has not."""
    key = (connection.alias, str(connection.settings_dict["NAME"]))
    found, asked = _found.get(key, (False, None))
    if found or (asked is not None and time.monotonic() < asked + _LOOK_AGAIN_S):
        return found
    post_migrate.connect(_forget, dispatch_uid="surecache.django._outbox")
    with connection.cursor() as cursor:
        found = _table() in connection.introspection.table_names(cursor)
    _found[key] = (found, time.monotonic())
    return found


def is_wanted(connection: BaseDatabaseWrapper) -> bool:
    """Whether the database is to have the table: it is no replica, and the routers allow it."""
    from surecache.django.models import Outbox

    return not is_replica(connection) and router.allow_migrate_model(connection.alias, Outbox)


def namespaces() -> list[str]:
    """What rows of this process are owed to: a digest of each KEY_PREFIX, since databases do not
    agree on how long a text may be, whether case matters, and what an empty one is.
    """
    return [
        hashlib.blake2b(prefix.encode(), digest_size=16).hexdigest()
        for prefix in sorted(_engines.prefixes())
    ]


def written(tags: Sequence[CoreTag]) -> bytes:
    """The bytes of a row: of each tag its length, in four bytes with the big end first, and then
    its canonical bytes.
    """
    parts = []
    for tag in tags:
        canonical = tag.canonical()
        parts += [len(canonical).to_bytes(_LENGTH_BYTES, "big"), canonical]
    return b"".join(parts)


def read(row: bytes) -> list[CoreTag]:
    """The tags of a row.

    Raises:
        Misuse: They are not as `written` writes them.
    """
    tags, start = [], 0
    while start < len(row):
        body = start + _LENGTH_BYTES
        end = body + int.from_bytes(row[start:body], "big")
        if end > len(row) or end == body:
            raise Misuse(f"surecache_outbox: wanted a tag up to byte {end}, found: {len(row)}")
        tags.append(CoreTag.of_canonical(row[body:end]))
        start = end
    return tags


def _rows(tags: Sequence[CoreTag]) -> Iterator[bytes]:
    once = list(dict.fromkeys(tags))
    for start in range(0, len(once), _ROW_TAGS):
        yield written(once[start : start + _ROW_TAGS])


def _insert(connection: BaseDatabaseWrapper, namespace: str, row: bytes) -> int:
    from surecache.django.models import Outbox

    entry = Outbox(format=FORMAT, namespace=namespace, tags=row)
    names = ("created", "format", "namespace", "tags")
    fields: Any = [Outbox._meta.get_field(name) for name in names]
    query = InsertQuery(Outbox)
    query.insert_values(fields, [entry])
    compiler: Any = query.get_compiler(connection=connection)
    ((number, *_),) = compiler.execute_sql([Outbox._meta.pk])
    return int(number)


def _tell_missing(database: str) -> None:
    if database in _told:
        return
    _told.add(database)
    _logger.warning(
        "%s: wanted the table %s, found none: what a transaction ends is lost where the process is"
        " killed right after the commit; hint: manage.py migrate",
        database,
        _table(),
    )


@contextlib.contextmanager
def _unbroken(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Keeps an error of the database from breaking the transaction, if one is open."""
    savepoint = connection.savepoint() if connection.vendor != "sqlite" else None
    try:
        yield
    except BaseException:
        if savepoint is not None:
            connection.savepoint_rollback(savepoint)
        raise
    if savepoint is not None:
        connection.savepoint_commit(savepoint)


def _table() -> str:
    from surecache.django.models import Outbox

    return Outbox._meta.db_table


def _forget(**_: Any) -> None:
    _found.clear()
    _told.clear()
