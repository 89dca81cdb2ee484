"""Processes of our own, with the caches of the settings that they are given."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from benches import site
from benches.rivals import Settings


class Child:
    """A process that calls what it is told to: functions of modules, one after the other.

    It ends with `close`, or with the process that started it.
    """

    def __init__(self, caches: Settings) -> None:
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(caches, theirs), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        """The number of its process."""
        if self._process.pid is None:
            raise RuntimeError("wanted a process that runs, found none")
        return self._process.pid

    def start(self, function: Callable[..., Any], *arguments: object) -> None:
        """Begins a call, and does not wait for it."""
        self._line.send((function, arguments))

    def has_answered(self, within_s: float) -> bool:
        """Whether `result` would return at once; waits so long for it."""
        return self._line.poll(within_s)

    def result(self) -> Any:
        """Waits for what a call returns, or raises what it raised."""
        try:
            is_good, result = self._line.recv()
        except EOFError:
            raise RuntimeError("wanted an answer of a child, found its end") from None
        if not is_good:
            raise result
        return result

    def call(self, function: Callable[..., Any], *arguments: object) -> Any:
        """Begins a call and waits for it."""
        self.start(function, *arguments)
        return self.result()

    def close(self) -> None:
        """Ends it."""
        self._line.close()
        self._process.join()


def _serve(caches: Settings, line: Connection) -> None:
    site.configure(caches)
    while True:
        try:
            function, arguments = line.recv()
        except EOFError:
            return
        try:
            answer = (True, function(*arguments))
        except Exception as error:
            answer = (False, error)
        line.send(answer)
