"""What stands between clients and a server."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from tests.servers import RedisServer

__all__ = ["Proxy"]

PUSH = b"invalidate"
PUSHED_S = 0.5
"""A client that tracks what it has read is told of a change in far less time."""

_AT_ONCE = 65_536


class Proxy:
    """Listens on a socket in ``folder`` while its block runs, and asks ``server`` what it is asked.

    Connections of clients stay as they are when it turns to another server.
    """

    def __init__(self, folder: Path, server: RedisServer) -> None:
        self.socket = folder / "proxy"
        self.location = f"unix://{self.socket}"
        self.connections = 0
        """Of clients, those that have gone included."""
        self.has_joined = False
        """Whether a reply that was held went in one piece with an invalidation."""
        self._server = server
        self._held: tuple[bytes, Callable[[], object]] | None = None
        self._opened: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(self.socket))
        self._listening.listen()

    def turn_to(self, server: RedisServer) -> None:
        """Whatever is asked from now on is asked of this server."""
        self._server = server

    def hold(self, word: bytes, change: Callable[[], object]) -> None:
        """The next reply to what has ``word`` in it is held until ``change`` is done, and goes in
        one piece with what the server has to say of that, if anything.
        """
        self._held = (word, change)

    def __enter__(self) -> Proxy:
        self._begin(self._take)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for each in (self._listening, *self._opened):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for each in (self._listening, *self._opened):
            each.close()

    def _begin(self, action: Callable[..., None], *arguments: object) -> None:
        self._threads.append(threading.Thread(target=action, args=arguments))
        self._threads[-1].start()

    def _take(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                self._opened.append(client)
                self.connections += 1
                self._begin(self._relay, client)

    def _relay(self, client: socket.socket) -> None:
        """Between one client and whichever server it is turned to."""
        with client, contextlib.suppress(OSError):
            asked_of, server = self._server, self._connected(self._server)
            while True:
                ready, _, _ = select.select([client, server], [], [])
                if server in ready and not self._pass_on(server, client):
                    return
                if client not in ready:
                    continue
                if asked_of is not self._server:
                    asked_of, server = self._server, self._connected(self._server)
                if not self._pass_on(client, server, answers=server):
                    return

    def _pass_on(
        self, from_: socket.socket, to: socket.socket, answers: socket.socket | None = None
    ) -> bool:
        """Whether there was something."""
        said = from_.recv(_AT_ONCE)
        to.sendall(said)
        if answers is not None and self._held is not None and self._held[0] in said:
            (_, change), self._held = self._held, None
            together = _together(answers, change)
            self.has_joined = PUSH in together
            from_.sendall(together)
        return said != b""

    def _connected(self, server: RedisServer) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        self._opened.append(connection)
        connection.connect(str(server.socket))
        return connection


def _together(server: socket.socket, change: Callable[[], object]) -> bytes:
    """The server's reply, and what it says when the change is done."""
    said = server.recv(_AT_ONCE)
    change()
    end = time.monotonic() + PUSHED_S
    while PUSH not in said and (left := end - time.monotonic()) > 0:
        if select.select([server], [], [], left)[0]:
            said += server.recv(_AT_ONCE)
    return said
