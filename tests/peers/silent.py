"""A server that takes connections and never answers."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path
from types import TracebackType

__all__ = ["Silent"]


class Silent:
    """Listens on a socket in ``folder`` while its block runs.

    The number of connections that it was asked for counts the time-outs of its clients: a client
    closes a connection on which no answer came.
    """

    def __init__(self, folder: Path) -> None:
        self.location = f"unix://{folder / 'silent'}"
        self.connections = 0
        self._taken = threading.Condition()
        self._held: list[socket.socket] = []
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / "silent"))
        self._listening.listen()
        self._thread = threading.Thread(target=self._take)

    def await_connections(self, count: int, within_s: float) -> None:
        """Returns when so many were asked for."""
        with self._taken:
            assert self._taken.wait_for(lambda: self.connections >= count, within_s)

    def __enter__(self) -> Silent:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for each in (self._listening, *self._held):
            each.close()

    def _take(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            with self._taken:
                self._held.append(client)
                self.connections += 1
                self._taken.notify_all()
