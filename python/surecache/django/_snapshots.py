"""Which connections may read a state of the database that is older than now.

A load that sees a fixed snapshot may be older than the generation that it would be stamped with:
its answer is returned and not stored.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["is_replica", "is_snapshot_fixed"]

_NEWEST = frozenset(["read committed", "read uncommitted"])
"""Isolation levels in which each statement sees what is committed by then."""


def is_replica(connection: BaseDatabaseWrapper) -> bool:
    """Whether the settings say that the database follows another one (`TEST: MIRROR`)."""
    return bool(connection.settings_dict.get("TEST", {}).get("MIRROR"))


def is_snapshot_fixed(connection: BaseDatabaseWrapper) -> bool:
    """Whether the statements of a transaction on the connection all see the same state.

    True where it is not known.
    """
    if connection.vendor == "oracle":
        return False
    if connection.vendor == "postgresql":
        return _level_of_postgresql(connection) not in _NEWEST
    if connection.vendor == "mysql":
        return getattr(connection, "isolation_level", None) not in _NEWEST
    return True


def _level_of_postgresql(connection: Any) -> str:
    """The level of the transaction that is open. Asked of the server: roles, databases and URLs set
    defaults of their own. The question takes no snapshot.
    """
    try:
        with connection.connection.cursor() as cursor:
            cursor.execute("SHOW transaction_isolation")
            return str(cursor.fetchone()[0]).lower()
    except Exception:  # whatever the driver raises in a transaction that has failed
        return "unknown"
