"""The server that tests start: there when it is needed, gone when it is not."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.servers import RedisServer

STARTS_ONE = """
import sys, time
from pathlib import Path
from tests.servers import RedisServer

server = RedisServer(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
time.sleep(1000)
"""


def test_it_answers_and_stops(redis_server):
    assert redis_server.ask("SET", "key", b"\r\n\x00") == b"+OK"
    assert redis_server.ask("GET", "key") == b"$3\r\n\r\n\x00"
    assert redis_server.ask("GET", "other") == b"$-1"
    pid = redis_server.pid
    redis_server.stop()
    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(OSError, match="refused"):
        redis_server.ask("PING")


def test_a_restart_empties_and_keeps_the_place(redis_server):
    location, pid = redis_server.location, redis_server.pid
    redis_server.ask("SET", "key", "value")
    redis_server.restart()
    assert redis_server.ask("EXISTS", "key") == b":0"
    assert redis_server.location == location
    assert redis_server.pid != pid


def test_paused_it_accepts_and_answers_when_resumed(redis_server):
    redis_server.pause()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(redis_server.socket))
        connection.sendall(b"PING\r\n")
        connection.settimeout(0.05)
        with pytest.raises(TimeoutError):
            connection.recv(7)
        redis_server.resume()
        connection.settimeout(10)
        assert connection.recv(7) == b"+PONG\r\n"


def test_what_it_says_about_wrong_options_is_told(tmp_path):
    with pytest.raises(RuntimeError, match="no-such-option"):
        RedisServer(tmp_path, ["--no-such-option", "1"]).start()


def test_a_program_that_is_missing_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("SURECACHE_REDIS_SERVER", "nonesuch")
    with pytest.raises(RuntimeError, match="wanted nonesuch on the path, found none"):
        RedisServer(tmp_path).start()


def test_one_is_shared(redis_location):
    assert redis_location.startswith("unix:///")
    assert Path(redis_location.removeprefix("unix://")).is_socket()


def test_it_ends_with_a_program_that_is_killed():
    with tempfile.TemporaryDirectory(prefix="surecache-redis-") as folder:
        with subprocess.Popen(
            [sys.executable, "-c", STARTS_ONE, folder],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        ) as program:
            assert program.stdout is not None
            pid = int(program.stdout.readline())
            program.send_signal(signal.SIGKILL)
        end = time.monotonic() + 10
        while Path(f"/proc/{pid}").exists():
            assert time.monotonic() < end, "the server lives on"
            time.sleep(0.002)
