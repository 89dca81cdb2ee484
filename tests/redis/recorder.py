"""Stands between clients and a server, and keeps what clients send, piece by piece."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path
from types import TracebackType


class Recorder:
    """Listens on a socket of its own and passes everything on, in both directions.

    A piece is what one read took that was waiting for it: the first one of what a client writes at
    once, and of what it writes bit by bit only the first bit.
    """

    def __init__(self, folder: Path, server: Path) -> None:
        self.location = f"unix://{folder / 'recorder'}"
        self.pieces: list[bytes] = []
        self._server = server
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / "recorder"))
        self._listening.listen()
        self._start(self._accept)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for each in (self._listening, *self._sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for each in (self._listening, *self._sockets):
            each.close()

    def _start(self, run, *arguments) -> None:
        thread = threading.Thread(target=run, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self._server))
            self._sockets += [client, server]
            self._start(self._pass, client, server, self.pieces)
            self._start(self._pass, server, client, [])

    def _pass(self, source: socket.socket, target: socket.socket, kept: list[bytes]) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(1 << 20):
                kept.append(piece)
                target.sendall(piece)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
