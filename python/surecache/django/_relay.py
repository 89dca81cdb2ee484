"""`manage.py surecache relay`: delivers what killed processes owe to the stores."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from typing import TypeAlias

from django.db import DatabaseError, connections

from surecache.django._leftovers import Look, deliver_leftovers
from surecache.django._outbox import has_table, is_wanted
from surecache.errors import Misuse, SurecacheError

__all__ = ["Tell", "relay"]

Tell: TypeAlias = Callable[[str, Look], None]
"""Called with a database and what came of a look at its rows."""

MOST_S = 24 * 3600

_logger = logging.getLogger("surecache")


def relay(tell: Tell, interval: float, grace: float, *, is_once: bool) -> None:
    """Delivers from all databases that have the table, until SIGTERM or SIGINT.

    Args:
        tell: Told of a database always where it looks once, else where rows were delivered, or
            others are left than at the last look.
        interval: Seconds between two looks.
        grace: The age of rows, in seconds.
        is_once: Looks once. What fails is raised then, after all databases had their turn;
            otherwise it is logged, and done again at the next look.

    Raises:
        Misuse: A number is negative or none, or no database has the table.
    """
    for name, seconds in (("interval", interval), ("grace", grace)):
        if not 0 <= seconds < MOST_S:
            raise Misuse(f"relay: wanted as {name} seconds from 0 to {MOST_S}, found: {seconds}")
    looking = _Looking(tell, grace, is_told_always=is_once)
    if is_once:
        looking.look()
        if looking.failure is not None:
            raise looking.failure
        return
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    while not ended.is_set():
        looking.look()
        ended.wait(interval)


class _Looking:
    def __init__(self, tell: Tell, grace: float, *, is_told_always: bool) -> None:
        self.failure: Exception | None = None
        """The first of the last look."""
        self._tell, self._grace, self._is_told_always = tell, grace, is_told_always
        self._left: dict[str, int] = {}

    def look(self) -> None:
        """At all databases: one that fails keeps no other from its turn."""
        self.failure, has_looked = None, False
        for database in connections:
            try:
                if is_wanted(connections[database]) and has_table(connections[database]):
                    has_looked = True
                    self._look_at(database)
            except (SurecacheError, DatabaseError) as error:
                has_looked, self.failure = True, self.failure or error
                _logger.warning("%s: rows of the outbox were left: %s", database, error)
                connections[database].close_if_unusable_or_obsolete()
        if not has_looked:
            raise Misuse(
                "relay: wanted a database with the table surecache_outbox, found none"
                "\nhint: manage.py migrate"
            )

    def _look_at(self, database: str) -> None:
        look = deliver_leftovers(database, self._grace)
        if self._is_told_always or look.delivered or look.left != self._left.get(database, 0):
            self._tell(database, look)
        self._left[database] = look.left
