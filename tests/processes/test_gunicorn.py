"""A site under gunicorn with ``--preload``: its first process reads while it forks the others."""

import collections
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.processes.stage import PATIENCE_S, ROOT, Stage

HOST = "127.0.0.1"
KEYS = 200
WORKERS = 3
CLIENTS = 8
ROUNDS = 2


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen
    port: int
    log: Path


@pytest.fixture
def server(any_stage: Stage) -> Iterator[Server]:
    log = any_stage.folder / "server.log"
    with socket.create_server((HOST, 0), backlog=256) as listener, log.open("wb") as out:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "gunicorn", "--preload", "--no-control-socket",
                "--bind", f"fd://{listener.fileno()}", "--workers", str(WORKERS),
                "--worker-class", "gthread", "--threads", "4", "--graceful-timeout", "3",
                "tests.processes.shop.wsgi:application",
            ],
            cwd=ROOT,
            env=any_stage.environment(),
            pass_fds=[listener.fileno()],
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        port = listener.getsockname()[1]
    try:
        yield Server(process, port, log)
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.mark.timeout(90)
def test_every_answer_of_a_preloaded_site_is_right(server: Server):
    """Also of the processes that are forked later, in the place of one that was killed."""
    first = _read_all(server)
    victim = next(iter(first))
    os.kill(victim, signal.SIGKILL)
    give_up = time.monotonic() + PATIENCE_S
    seen: collections.Counter = collections.Counter()
    while not seen.keys() - first.keys():
        seen += _read_all(server)
        assert time.monotonic() < give_up, "nobody took the place of the killed process"
    assert server.process.poll() is None, server.log.read_text()


def _read_all(server: Server) -> collections.Counter:
    """Reads every key several times from several clients; answers by process."""
    numbers = list(range(KEYS)) * ROUNDS
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(lambda number: _read(server, number), numbers))
    for number, (_, found) in zip(numbers, answers, strict=True):
        assert found == [[number] * 100] * 3
    return collections.Counter(pid for pid, _ in answers)


def _read(server: Server, number: int) -> tuple[int, list]:
    """One request; again where the process that took it was killed."""
    give_up = time.monotonic() + PATIENCE_S
    while True:
        connection = http.client.HTTPConnection(HOST, server.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", f"/{number}")
            response = connection.getresponse()
            body = response.read()
            assert response.status == 200, server.log.read_text()
            answer = json.loads(body)
            return answer["pid"], answer["answers"]
        except (ConnectionError, http.client.BadStatusLine):
            assert time.monotonic() < give_up, server.log.read_text()
        finally:
            connection.close()
