"""A real PostgreSQL for tests: its data and its socket lie in a folder, and it listens on no port.

A server refuses to run as root, so root runs it as the user ``postgres``.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tools.steps import machine

if TYPE_CHECKING:
    import psycopg

LIMIT_S = 30
"""A server that takes longer to start or to end fails the test."""

NAME = "postgres"
"""Of the database that every server has, and of the user that runs it where a test runs as root."""

ROLE = "shop"
"""Who the tests are at the server: one who may do everything."""


@dataclass(frozen=True)
class Database:
    """A database on a server, by the folder of the server's socket."""

    folder: Path
    name: str

    @property
    def settings(self) -> dict[str, str]:
        """The one of DATABASES."""
        engine = "django.db.backends.postgresql"
        return {"ENGINE": engine, "NAME": self.name, "USER": ROLE, "HOST": str(self.folder)}

    def connect(self, **options: Any) -> psycopg.Connection[Any]:
        """A connection; as a context it commits at the end, and is closed."""
        import psycopg

        return psycopg.connect(host=str(self.folder), user=ROLE, dbname=self.name, **options)


class Postgres:
    """A server on a socket in ``folder``, running between ``start`` and ``stop``.

    It ends with the program that started it, however that ends; so the thread that starts it must
    live as long as it is to run.

    Args:
        folder: where its data and its socket lie: a folder of its own, with a short name.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """An empty database, until the block ends: nobody else's tables are in it."""
        name = f"shop_{next(self._numbers)}"
        self._do(f"CREATE DATABASE {name}")
        try:
            yield Database(self.folder, name)
        finally:
            self._do(f"DROP DATABASE {name} WITH (FORCE)")

    def _do(self, statement: str) -> None:
        with Database(self.folder, NAME).connect(autocommit=True) as connection:
            connection.execute(statement)

    def start(self) -> None:
        """Makes the data, and returns when it answers."""
        if os.geteuid() == 0:
            shutil.chown(self.folder, NAME, NAME)
        data = str(self.folder / "data")
        making = ("initdb", "-D", data, "-U", ROLE, "--auth", "trust", "--no-sync", "--locale", "C")
        subprocess.run(
            _as_user(*making), cwd=self.folder, check=True, timeout=LIMIT_S, capture_output=True
        )
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                _as_user("postgres", "-D", data, "-k", str(self.folder), "-h", "", "-F"),
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            self._wait_for_answer(self._process)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends it at once, if it runs."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGQUIT)
        try:
            process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def __enter__(self) -> Postgres:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _wait_for_answer(self, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + LIMIT_S
        asking = (_found("pg_isready"), "--quiet", "--host", str(self.folder))
        while process.poll() is None and time.monotonic() < end:
            if subprocess.run(asking, cwd=self.folder).returncode == 0:
                return
            time.sleep(0.02)
        told = (self.folder / "log").read_text(errors="replace")
        raise RuntimeError(f"wanted a server that answers within {LIMIT_S} s, found:\n{told}")


def _found(program: str) -> str:
    path = machine.postgres_program(program)
    if path is None:
        raise RuntimeError(
            f"wanted {program} of PostgreSQL, found none\n"
            "hint: apt-get install postgresql, or make test"
        )
    return path


def _as_user(program: str, *arguments: str) -> list[str]:
    """The words that start it. The kernel kills it when this program ends."""
    change = ["--reuid", NAME, "--regid", NAME, "--clear-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *change, "--pdeathsig", "KILL", _found(program), *arguments]
