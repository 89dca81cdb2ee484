"""What ends answers: `invalidate` and `revoke`.

Inside a transaction they take effect at its commit, and not at all if it is rolled back. Returned
normally outside of one, or after the commit, no read that starts later, in any process that shares
the store, is given an answer loaded before.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from asgiref.sync import sync_to_async
from django.db import connections, models
from django.db.utils import DEFAULT_DB_ALIAS

from surecache._core import Tag as CoreTag
from surecache.django import _registry
from surecache.django._declare import Row, Rows, Table, Tag
from surecache.django._engines import all_engines, end_in
from surecache.django._scope import Scope
from surecache.django._transactions import Hook, at_commit
from surecache.errors import KeyFieldError, Misuse

__all__ = ["Ending", "ainvalidate", "arevoke", "end_tags", "invalidate", "revoke"]

Ending: TypeAlias = Row | Rows | Table | Scope | Tag


def invalidate(*values: Ending) -> None:
    """Ends every answer that depends on one of the values, in all caches of the settings.

    Args:
        values: ``Row(User, id=42)`` and ``Rows(...)`` with values of columns; ``Table(Flag)`` for
            all of a table; ``Scope.user(42)`` for all answers made for a principal;
            ``Tag("rates")``.

    Raises:
        Misuse: A value is none of these.
        KeyFieldError: A column's value is of another type than the column.
        Unavailable: A store cannot be opened, or did not take it. In the second case this process
            reads no such entry, and delivers as soon as the store takes it; that is not raised at a
            commit, which it could not undo, but logged, and counted in any case.
    """
    if not values:
        raise Misuse(
            "invalidate: wanted what has changed, found: nothing"
            "\nhint: region.invalidate() ends all answers of a region"
        )
    by_database: dict[str | None, list[CoreTag]] = {}
    for value in values:
        for database, tags in _tags_of(value):
            by_database.setdefault(database, []).extend(tags)
    first: Exception | None = None
    for database, tags in by_database.items():
        try:
            end_tags(database, tags)
        except Exception as error:
            first = first or error
    if first is not None:
        raise first


def revoke(principal: models.Model | Scope | object) -> None:
    """Ends every answer that depends on the rights of a principal (``authz=True`` in its scope).

    Args:
        principal: A user, by its instance or its primary key, or a scope of one principal such as
            ``Scope.tenant(7)``. An instance need not have been read from the database.

    Raises:
        Misuse: The instance has no primary key.
        KeyFieldError: The value is none that a key can have.
        Unavailable: As in `invalidate`.
    """
    kind, value = _principal_of(principal)
    end_tags(None, [CoreTag.rights(kind, value)])


async def ainvalidate(*values: Ending) -> None:
    """See `invalidate`. Looks for the transaction in the thread of Django's database calls."""
    await sync_to_async(invalidate, thread_sensitive=True)(*values)


async def arevoke(principal: models.Model | Scope | object) -> None:
    """See `revoke`. Looks for the transaction in the thread of Django's database calls."""
    await sync_to_async(revoke, thread_sensitive=True)(principal)


def end_tags(database: str | None, tags: list[CoreTag]) -> None:
    """Ends what carries one of the tags, at the commit of the database's transaction.

    A store that cannot be opened is told now, while the transaction can be undone, and keeps no
    other from its turn.
    """
    engines, failure = all_engines()
    is_whole = failure is None
    at_commit(database, Hook(lambda: end_in(engines, tags), tags, is_whole=is_whole))
    if failure is not None:
        raise failure


def _tags_of(value: object) -> Iterable[tuple[str | None, list[CoreTag]]]:
    if isinstance(value, Rows | Table):
        return [(database, value.ended(database)) for database in _databases(value)]
    if isinstance(value, Scope | Tag):
        return [(None, [value.tag()])]
    hint = "\nhint: Row(...) of an instance is its row" if isinstance(value, models.Model) else ""
    raise Misuse(f"invalidate: wanted Row, Rows, Table, Scope or Tag, found: {value!r}{hint}")


def _databases(value: Rows | Table) -> list[str]:
    """The aliases under which answers may depend on the table."""
    if value.database is not None:
        return [value.database]
    # An alias that does not exist is told by the system check of the region that names it.
    declared = _registry.databases_of(value.source.table) & connections.settings.keys()
    return sorted(declared | {value.source.database or DEFAULT_DB_ALIAS})


def _principal_of(principal: Any) -> tuple[str, Any]:
    if isinstance(principal, Scope):
        return principal.principal()
    if isinstance(principal, models.Model):
        principal = principal.pk
        if principal is None:
            raise Misuse("revoke: wanted a user with a primary key, found: None")
    if principal is None:
        raise KeyFieldError("revoke: wanted a user or a primary key, found: None")
    return "user", principal
