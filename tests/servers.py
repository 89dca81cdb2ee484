"""A real server for tests: Redis, or whatever speaks its protocol.

The program is ``redis-server``, or the one that ``SURECACHE_REDIS_SERVER`` names.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

LIMIT_S = 10
"""A server that takes longer to start or to answer fails the test; usually it takes 0.02 s."""


class RedisServer:
    """A server on a socket in ``folder``, running between ``start`` and ``stop``.

    It listens on no port, keeps nothing on the disk, and ends with the program that started it,
    however that ends; so the thread that starts it must live as long as it is to run.

    Args:
        folder: where its socket and its log lie; made where it is not there.
        arguments: more options of its command line.
        sentinel: what is to be configured where it is a sentinel.
    """

    def __init__(
        self, folder: Path, arguments: Sequence[str] = (), sentinel: str | None = None
    ) -> None:
        self.socket = folder / "socket"
        self._folder = folder
        self._arguments = tuple(arguments)
        self._sentinel = sentinel
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def location(self) -> str:
        """Where a cache finds it."""
        return f"unix://{self.socket}"

    @property
    def pid(self) -> int:
        """The number of its process, while it runs."""
        return self._running().pid

    def start(self) -> None:
        """Returns when it answers."""
        if self._process is not None:
            raise RuntimeError("wanted to start a server, found it running")
        program = os.environ.get("SURECACHE_REDIS_SERVER", "redis-server")
        if shutil.which(program) is None:
            raise RuntimeError(
                f"wanted {program} on the path, found none\n"
                f"hint: apt-get install {program}, or make test"
            )
        self._folder.mkdir(exist_ok=True)
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    # The kernel kills it when this program ends; setpriv becomes the server.
                    "setpriv", "--pdeathsig", "KILL",
                    program, *self._kind(), "--port", "0", "--unixsocket", str(self.socket),
                    "--daemonize", "no", *self._arguments,
                ],
                cwd=self._folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            self._wait_for_answer()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends it at once, if it runs; what it held is lost."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def restart(self) -> None:
        """Ends it, if it runs, and starts it anew on the same socket; it is empty then."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Stops its process where it stands: it accepts connections and answers none of them."""
        os.kill(self.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED)

    def resume(self) -> None:
        """Lets its process go on."""
        os.kill(self.pid, signal.SIGCONT)

    def ask(self, *words: str | bytes) -> bytes:
        """Sends a command and returns the answer as it came, its end left out.

        For answers of one line, numbers and single strings: ``b"+PONG"``, ``b":1"``,
        ``b"$5\\r\\nvalue"``.
        """
        encoded = [word.encode() if isinstance(word, str) else word for word in words]
        parts = [b"*%d" % len(encoded)]
        for word in encoded:
            parts += [b"$%d" % len(word), word]
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(LIMIT_S)
            connection.connect(str(self.socket))
            connection.sendall(b"\r\n".join(parts) + b"\r\n")
            with connection.makefile("rb") as answers:
                line = answers.readline()
                if not line.endswith(b"\r\n"):
                    raise ConnectionError(f"wanted an answer, found: {line!r}")
                if line[:1] == b"$" and line != b"$-1\r\n":
                    line += answers.read(int(line[1:]) + 2)
        return line.removesuffix(b"\r\n")

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _kind(self) -> list[str]:
        if self._sentinel is None:
            return ["--save", "", "--appendonly", "no"]
        # It writes there what it finds out.
        config = self._folder / "sentinel.conf"
        config.write_text(self._sentinel)
        return [str(config), "--sentinel"]

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("wanted a server that runs, found it stopped")
        return self._process

    def _wait_for_answer(self) -> None:
        process, end = self._running(), time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            if process.poll() is not None:
                break
            try:
                answer = self.ask("PING")
            except (FileNotFoundError, ConnectionError):
                answer = b""
            if answer == b"+PONG" or answer.startswith(b"-NOAUTH"):
                return
            time.sleep(0.002)
        log = (self._folder / "log").read_text(errors="replace")
        raise RuntimeError(f"wanted a server that answers within {LIMIT_S} s, found:\n{log}")
