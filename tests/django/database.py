"""The one table of the tests' database in a file, and threads that close what they opened."""

# ruff: noqa: A002 -- a key field has the name of its column

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connections

from tests.postgres import Postgres

ROUND_S = 10
"""The longest that one thread of a test waits for another."""

_numbers = itertools.count()


@contextmanager
def in_a_file(path: Path) -> Iterator[str]:
    """The alias of a SQLite database in a file with a write-ahead log, as services have it, with a
    table ``item`` of one row, until the block ends.
    """
    options = {"timeout": 5, "init_command": "PRAGMA journal_mode=WAL"}
    with _in({"NAME": str(path), "OPTIONS": options}) as name:
        yield name


@contextmanager
def on_postgres(server: Postgres) -> Iterator[str]:
    """As `in_a_file`, in a database of a server."""
    with server.database() as database, _in(database.settings) as name:
        yield name


@contextmanager
def _in(database: dict[str, Any]) -> Iterator[str]:
    name = f"files_{next(_numbers)}"
    connections.settings[name] = {
        **connections.settings["default"],
        "ATOMIC_REQUESTS": False,
        **database,
    }
    connection = connections[name]
    try:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE item (id integer PRIMARY KEY, text varchar(20))")
            cursor.execute("INSERT INTO item VALUES (1, 'old')")
        yield name
    finally:
        connection.close()
        del connections[name], connections.settings[name]


def text_of(database: str, id: int = 1) -> str:
    """The text of a row, read now."""
    with connections[database].cursor() as cursor:
        cursor.execute("SELECT text FROM item WHERE id = %s", [id])
        return cursor.fetchone()[0]


def write(database: str, text: str, id: int = 1) -> None:
    """Changes a row."""
    with connections[database].cursor() as cursor:
        cursor.execute("UPDATE item SET text = %s WHERE id = %s", [text, id])


@contextmanager
def other_threads(count: int = 1):
    """A pool whose threads close their connections."""

    def closing(call: Any, *arguments: Any, **named: Any) -> Any:
        try:
            return call(*arguments, **named)
        finally:
            connections.close_all()

    class Pool(ThreadPoolExecutor):
        def submit(self, call: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
            return super().submit(closing, call, *arguments, **named)

    with Pool(count) as pool:
        yield pool


class Gate:
    """Holds a loader: it says that it has begun, and goes on when it is let."""

    def __init__(self) -> None:
        self._begun, self._let = threading.Event(), threading.Event()

    def hold(self) -> None:
        self._begun.set()
        assert self._let.wait(ROUND_S)

    def await_begun(self) -> None:
        assert self._begun.wait(ROUND_S)

    @property
    def has_begun(self) -> bool:
        return self._begun.is_set()

    def let_go(self) -> None:
        self._let.set()
