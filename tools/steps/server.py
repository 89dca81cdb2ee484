"""A Redis server for as long as a step needs it.

It listens on a port of the loopback interface that the system chose, keeps nothing on the disk, and
ends with the program that started it, however that ends.
"""

from __future__ import annotations

import re
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.steps.command import Stop

HOST = "127.0.0.1"
READY_S = 10
ATTEMPTS = 5
"""Somebody else may take a port between its choice and its use."""


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    port: int
    pid: int
    version: dict[str, str]
    """Its name and version."""

    @property
    def location(self) -> str:
        """Where a cache finds it."""
        return f"redis://{HOST}:{self.port}/0"

    def told(self, section: str) -> dict[str, str]:
        """What it says of itself under a heading; the question is a connection of its own."""
        return _info(self.port, section)


@contextmanager
def serving() -> Iterator[Server]:
    """Starts a server, waits until it answers, and stops it at the end.

    Raises:
        Stop: it does not start, or does not answer in time; its log is told.
    """
    with tempfile.TemporaryDirectory(prefix="surecache-server-") as folder:
        log = Path(folder) / "log"
        for _ in range(ATTEMPTS):
            port = _free_port()
            process = _start(port, log)
            try:
                if info := _wait_for_answer(process, port):
                    yield Server(port, process.pid, {"redis-server": info["redis_version"]})
                    return
            finally:
                process.kill()
                process.wait()
        told = log.read_text(errors="replace")
        raise Stop(f"wanted a server that answers within {READY_S} s, found:\n{told}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _start(port: int, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        return subprocess.Popen(
            [
                # The kernel kills it when this program ends; setpriv becomes the server.
                "setpriv", "--pdeathsig", "KILL",
                "redis-server", "--bind", HOST, "--port", str(port), "--save", "",
                "--appendonly", "no", "--daemonize", "no",
            ],
            cwd=log.parent, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            start_new_session=True,
        )  # fmt: skip


def _wait_for_answer(process: subprocess.Popen[bytes], port: int) -> dict[str, str] | None:
    """What the server says of itself; None where it ended, or another one answers."""
    end = time.monotonic() + READY_S
    while process.poll() is None and time.monotonic() < end:
        try:
            info = _info(port, "server")
        except OSError:
            info = {}
        if info.get("process_id") == str(process.pid):
            return info
        time.sleep(0.005)
    return None


def _info(port: int, section: str) -> dict[str, str]:
    with socket.create_connection((HOST, port), timeout=READY_S) as connection:
        connection.sendall(f"INFO {section}\r\nQUIT\r\n".encode())
        with connection.makefile("rb") as answer:
            text = answer.read().decode(errors="replace")
    return dict(re.findall(r"^(\w+):(.*?)\r?$", text, re.M))
