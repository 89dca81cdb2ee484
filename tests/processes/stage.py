"""What a test sees of its worker processes: start them, drive them, read what they noted."""

import collections
import contextlib
import json
import os
import queue
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from tests.postgres import Database

ROOT = Path(__file__).resolve().parents[2]
# Far beyond what any of this takes; a process that hangs is found by it.
PATIENCE_S = 20
TABLE = "CREATE TABLE shop_item (id INTEGER PRIMARY KEY, text TEXT NOT NULL)"


class Worker:
    """A process with Django and the shop. Acts are named ``module:function`` of the shop."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._log = log
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "error", "-m", "tests.processes.shop.worker"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        self._calls: list[Future] = []
        self._reached: dict[str, queue.Queue] = collections.defaultdict(queue.Queue)
        self._writing = threading.Lock()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self.exit_code: int | None = None
        self.was_killed = False

    @property
    def pid(self) -> int:
        return self._process.pid

    def call(self, act: str, /, **arguments: object) -> object:
        """Runs an act and gives its value."""
        return self.start(act, **arguments).result(PATIENCE_S)

    def start(self, act: str, /, **arguments: object) -> Future:
        """Begins an act; the test may begin others before it ends."""
        with self._writing:
            self._calls.append(Future())
            number = len(self._calls) - 1
        self._tell({"call": number, "act": act, "with": arguments})
        return self._calls[number]

    def wait_for(self, gate: str) -> None:
        """Until a thread of the worker has come to a gate."""
        try:
            self._reached[gate].get(timeout=PATIENCE_S)
        except queue.Empty:
            raise AssertionError(f"nobody came to the gate {gate}\n{self._tail()}") from None

    def open(self, gate: str) -> None:
        """Lets everybody through a gate, now and later."""
        self._tell({"go": gate})

    def kill(self) -> None:
        """Ends it without warning (SIGKILL)."""
        if self.exit_code is None:
            self.was_killed = True
            self._process.send_signal(signal.SIGKILL)
            self._end()

    def close(self) -> None:
        """Ends it as programs end."""
        if self.exit_code is None:
            self._process.stdin.close()
            self._end()

    def _end(self) -> None:
        try:
            self.exit_code = self._process.wait(PATIENCE_S)
        finally:
            # Whatever it has forked, too.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()
            self._listener.join()
            for pipe in (self._process.stdin, self._process.stdout):
                pipe.close()

    def _tell(self, message: dict) -> None:
        with self._writing:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()

    def _listen(self) -> None:
        for line in self._process.stdout:
            message = json.loads(line)
            if "at" in message:
                self._reached[message["at"]].put(True)
            elif "error" in message:
                error = AssertionError(f"{message['error']}\n{self._tail()}")
                self._calls[message["ended"]].set_exception(error)
            else:
                self._calls[message["ended"]].set_result(message["value"])
        for call in self._calls:
            if not call.done():
                call.set_exception(AssertionError(f"the worker ended\n{self._tail()}"))

    def _tail(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-30:])


@dataclass
class Stage:
    """A folder with a database, a store, and the workers that use them."""

    folder: Path
    location: str
    database: Database | None = None
    """Where the rows are; by default in a SQLite file in the folder."""
    workers: list[Worker] = field(default_factory=list)

    @property
    def is_shared(self) -> bool:
        """Whether processes share the store."""
        return not self.location.startswith("memory:")

    @property
    def store(self) -> Path:
        """The folder of the embedded store."""
        return self.folder / "store"

    def worker(self, **environment: str) -> Worker:
        """Starts a process; names of settings without their ``SHOP_``."""
        worker = Worker(self.environment(**environment), self._log())
        self.workers.append(worker)
        worker.wait_for("started")
        return worker

    def crew(self, count: int) -> list[Worker]:
        """So many processes; one, so many times, where the store cannot be shared."""
        if not self.is_shared:
            return [self.worker()] * count
        crew = [Worker(self.environment(), self._log(number)) for number in range(count)]
        self.workers.extend(crew)
        for worker in crew:
            worker.wait_for("started")
        return crew

    def environment(self, **more: str) -> dict[str, str]:
        shop = {"FOLDER": str(self.folder), "LOCATION": self.location, **more}
        if self.database is not None:
            shop["DATABASE"] = json.dumps(self.database.settings)
        named = {f"SHOP_{name}": value for name, value in shop.items()}
        settings = {"DJANGO_SETTINGS_MODULE": "tests.processes.shop.settings"}
        return {**os.environ, **settings, **named}

    def notes(self, what: str) -> list[dict]:
        """What was noted under this name, oldest first."""
        path = self.folder / "notes"
        lines = path.read_text().splitlines() if path.exists() else []
        return [note for note in map(json.loads, lines) if note["what"] == what]

    def fill(self, texts: dict[int, str]) -> None:
        """Makes the rows of the shop."""
        if self.database is not None:
            self._fill_server(self.database, texts)
            return
        connection = sqlite3.connect(self.folder / "shop.sqlite3")
        # Readers then see their snapshot while another process writes.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(TABLE)
        connection.executemany("INSERT INTO shop_item VALUES (?, ?)", texts.items())
        connection.commit()
        connection.close()

    def _fill_server(self, database: Database, texts: dict[int, str]) -> None:
        with database.connect() as connection:
            connection.execute(TABLE)
            for row in texts.items():
                connection.execute("INSERT INTO shop_item VALUES (%s, %s)", row)

    def close(self) -> None:
        """Ends all workers, as programs end; fails where one of them cannot."""
        for worker in self.workers:
            worker.close()
        failed = [worker for worker in self.workers if worker.exit_code and not worker.was_killed]
        assert failed == [], [worker.exit_code for worker in failed]

    def kill(self) -> None:
        for worker in self.workers:
            worker.kill()

    def _log(self, more: int = 0) -> Path:
        return self.folder / f"worker-{len(self.workers) + more}.log"
