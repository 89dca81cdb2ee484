"""The one table of the tests' database in a file, and threads that close what they opened."""

# ruff: noqa: A002 -- a key field has the name of its column

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connections

ROUND_S = 10
"""The longest that one thread of a test waits for another."""


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
