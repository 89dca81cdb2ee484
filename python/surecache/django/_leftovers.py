"""Delivers what other processes owe to the stores: see ``_outbox``.

Rows are consumed by their existence, with no place kept up to which all are done: each look begins
at the first row that is there, so a transaction that was long open is skipped by nobody. A row says
what ends, and to deliver it twice does no harm.
"""

from __future__ import annotations

import contextlib
import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from surecache._core import Tag as CoreTag
from surecache.django import _engines, _outbox
from surecache.errors import Misuse

__all__ = ["GRACE_S", "Look", "deliver_leftovers", "look_now_and_then"]

GRACE_S = 1.0
"""The age, in seconds, from which a row is taken for one whose process will not deliver it."""

LOOK_EVERY_S = 5.0
"""A process looks for leftovers after a commit, and not again for so many seconds."""

_BATCH_ROWS = 100

_logger = logging.getLogger("surecache")
_looked: dict[str, float] = {}


@dataclass(frozen=True)
class Look:
    """What came of a look at the rows of a database."""

    delivered: int
    """How many rows were delivered, and deleted."""
    left: int
    """How many are not this process's to deliver: of namespaces or formats that it does not have,
    or with bytes that are none of a row's.
    """


def deliver_leftovers(database: str, grace: float = GRACE_S) -> Look:
    """Delivers rows that are older than `grace` seconds.

    Raises:
        SurecacheError: A store cannot be opened, or did not take it; the rows are still there.
    """
    rows = _older(database, grace)
    mine = Q(format=_outbox.FORMAT, namespace__in=_outbox.namespaces())
    delivered, unreadable = 0, set[int]()
    while seen := _deliver_batch(database, rows.filter(mine), unreadable):
        delivered += len(seen - unreadable)
    return Look(delivered, len(unreadable) + rows.exclude(mine).count())


def look_now_and_then(connection: BaseDatabaseWrapper) -> None:
    """Delivers leftovers, unless this process has just looked; raises nothing."""
    if connections[connection.alias] is not connection:
        return
    now, last = time.monotonic(), _looked.get(connection.alias)
    if last is not None and now < last + LOOK_EVERY_S:
        return
    _looked[connection.alias] = now
    try:
        deliver_leftovers(connection.alias)
    except Exception as error:
        _logger.warning("%s: rows of the outbox were left: %s", connection.alias, error)


def _deliver_batch(database: str, mine: QuerySet[Any], unreadable: set[int]) -> set[int]:
    """The numbers of the rows that it has seen; those that it cannot read join `unreadable`."""
    rows, block = _held(database, mine.exclude(id__in=unreadable))
    with block:
        found = dict(rows.order_by("id").values_list("id", "tags")[:_BATCH_ROWS])
        tags = list[CoreTag]()
        for number, row in found.items():
            try:
                tags += _outbox.read(bytes(row))
            except Misuse as error:
                unreadable.add(number)
                _logger.warning("%s: row %s was left: %s", database, number, error)
        if tags:
            _deliver(tags)
        mine.filter(id__in=found.keys() - unreadable).delete()
    return set(found)


def _older(database: str, grace: float) -> QuerySet[Any]:
    from surecache.django.models import Outbox

    then = Now() - timedelta(seconds=grace)
    rows: QuerySet[Any] = Outbox.objects.using(database).filter(created__lte=then)
    return rows


def _held(
    database: str, rows: QuerySet[Any]
) -> tuple[QuerySet[Any], contextlib.AbstractContextManager[Any]]:
    """Rows that no other delivers meanwhile, and the block in which that holds, where the database
    can do so.
    """
    can = connections[database].features
    if can.has_select_for_update_skip_locked and can.supports_select_for_update_with_limit:
        return rows.select_for_update(skip_locked=True), transaction.atomic(using=database)
    return rows, contextlib.nullcontext()


def _deliver(tags: list[CoreTag]) -> None:
    engines, failure = _engines.all_engines()
    _engines.end_in(engines, tags)
    if failure is not None:
        raise failure
