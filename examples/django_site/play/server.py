"""The site under gunicorn: several worker processes on a port of the loopback interface."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from play.errors import DemoError

CODE = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
READY_S = 30
STOP_S = 8
LOG_LINES = 12


@dataclass(frozen=True)
class Plan:
    """What to start. `port` 0 takes a free one; `halves` are those that the site serves.

    `store` is where surecache keeps its entries, empty for the site's own folder.
    """

    folder: Path
    halves: tuple[str, ...]
    workers: int = 3
    threads: int = 16
    port: int = 0
    preload: bool = False
    store: str = ""
    namespace: str = ""


@dataclass(frozen=True)
class Site:
    """A site that answers until `stopping` is set. `folder` holds its database and counters."""

    port: int
    folder: Path
    workers: int
    process: subprocess.Popen[bytes]
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}/"

    def count_loads(self, half: str, service: str, key: int) -> int:
        """Loads of one key that any worker has begun."""
        path = self.folder / "loads" / f"{half}-{service}-{key}"
        return path.stat().st_size if path.exists() else 0


def environment(plan: Plan) -> dict[str, str]:
    return {
        **os.environ,
        "SITE_FOLDER": str(plan.folder),
        "SITE_HALVES": ",".join(plan.halves),
        "SITE_STORE": plan.store,
        "SITE_NAMESPACE": plan.namespace,
        "PYTHONUNBUFFERED": "1",
    }


@contextlib.contextmanager
def serving(plan: Plan) -> Iterator[Site]:
    """Starts the site, waits until it answers, and stops all of its processes at the end.

    Raises:
        DemoError: the port is taken, or the site ends or stays silent; the log is shown.
    """
    listener = listen(plan.port)
    log = plan.folder / "server.log"
    with listener:
        process = subprocess.Popen(
            command(plan, listener.fileno(), log),
            cwd=CODE,
            env=environment(plan),
            pass_fds=[listener.fileno()],
            stdout=log.open("ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        port = listener.getsockname()[1]
    site = Site(port, plan.folder, plan.workers, process)
    try:
        wait_until_ready(site)
        yield site
    except DemoError as error:
        raise DemoError(f"{error}\nthe end of the site's log:\n{tail(log)}") from error
    finally:
        site.stopping.set()
        stop(process)


def listen(port: int) -> socket.socket:
    """A listening socket; gunicorn inherits it, so nobody can take the port in between."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise DemoError(
            f"wanted a port to listen on, found one that cannot be used ({error.strerror}): {port}"
            "\nhint: --port 0 takes a free one"
        ) from error
    listener.listen(1024)
    return listener


def command(plan: Plan, descriptor: int, log: Path) -> list[str]:
    options = {
        "--bind": f"fd://{descriptor}",
        "--workers": str(plan.workers),
        "--worker-class": "gthread",
        "--threads": str(plan.threads),
        "--keep-alive": "75",
        "--timeout": "60",
        "--graceful-timeout": "3",
        "--log-level": "warning",
        "--error-logfile": str(log),
    }
    words = [word for option in options.items() for word in option]
    switches = ["--no-control-socket", *(["--preload"] if plan.preload else [])]
    return [sys.executable, "-m", "gunicorn", *words, *switches, "project.wsgi:application"]


def wait_until_ready(site: Site) -> None:
    """Until every worker process has answered."""
    give_up = time.monotonic() + READY_S
    seen: set[int] = set()
    while len(seen) < site.workers:
        if site.process.poll() is not None:
            raise DemoError("the site ended while starting")
        if time.monotonic() > give_up:
            raise DemoError(
                f"wanted answers of {site.workers} workers within {READY_S} s, found: {len(seen)}"
            )
        worker = ask_worker(site.port)
        seen |= {worker} if worker else set()
        time.sleep(0.005 if worker else 0.05)


def ask_worker(port: int) -> int:
    """The process id of the worker that takes a new connection; 0 when none answers."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/api/health")
        response = connection.getresponse()
        return int(json.load(response)["worker"]) if response.status == 200 else 0
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return 0
    finally:
        connection.close()


def stop(process: subprocess.Popen[bytes]) -> None:
    """Asks gunicorn to end with its workers; ends the whole process group if it does not."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(lines[-LOG_LINES:]) or "(empty)"
