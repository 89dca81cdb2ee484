"""Replies that come slowly: a large one takes its time, one that comes byte by byte is given up."""

import asyncio
import contextlib
import socket
import threading
import time

import pytest
from surecache.errors import Unavailable

from tests.redis.watching import run_on

PAUSE_S = 0.03
SHORT = 100
TIMEOUT_S = 15 * PAUSE_S


class Slow:
    """A port that passes on what a server says in steps of so many bytes, with a pause after each;
    short words at once, and what is said to the server too.
    """

    def __init__(self, server, step):
        self._server, self._step = server.socket, step
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._sockets, self._threads = [self._listening], []
        self._start(self._accept)
        self.location = f"redis://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self):
        return self.location

    def __exit__(self, *_):
        for each in self._sockets:
            _end(each)
        for thread in self._threads:
            thread.join()
        for each in self._sockets:
            each.close()

    def _start(self, run, *arguments):
        self._threads.append(threading.Thread(target=run, args=arguments, daemon=True))
        self._threads[-1].start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                self._sockets += [client, server]
                server.connect(str(self._server))
                self._start(self._carry, client, server, 1 << 20, 0)
                self._start(self._carry, server, client, self._step, PAUSE_S)

    def _carry(self, source, target, step, pause):
        with contextlib.suppress(OSError):
            while said := source.recv(1 << 20):
                size = step if len(said) > SHORT else len(said)
                for begin in range(0, len(said), size):
                    target.sendall(said[begin : begin + size])
                    time.sleep(pause)
        _end(source)
        _end(target)


def _end(each):
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)


def test_a_large_reply_takes_more_than_a_time_out(at, redis_server, call):
    with Slow(redis_server, 64 << 10) as location:
        cache = at(location, timeout=TIMEOUT_S)
        value = bytes(4 << 20)
        call(cache, "set", "key", value)
        assert call(cache, "get", "key") == value


@pytest.mark.timeout(10)
def test_a_reply_that_comes_byte_by_byte_is_given_up(at, redis_server, call):
    """Each byte comes within the time-out, the last of them after minutes."""
    with Slow(redis_server, 1) as location:
        cache = at(location)
        call(cache, "set", "key", bytes(10_000))
        with pytest.raises(Unavailable):
            call(cache, "get", "key")


def test_a_clear_of_many_rounds_takes_more_than_a_time_out(at, redis_server, call):
    """Each round is answered in time. All of it once had to be within one time-out."""
    fill_with_others(redis_server)
    with Slow(redis_server, 1 << 20) as location:
        cache = at(location, timeout=TIMEOUT_S)
        call(cache, "set", "key", "value")
        began = time.monotonic()
        call(cache, "clear")
        assert time.monotonic() - began > 2 * TIMEOUT_S
        assert call(cache, "get", "key") is None


def test_what_is_asked_during_a_long_clear_is_answered(at, redis_server, new_loop):
    fill_with_others(redis_server)
    with Slow(redis_server, 1 << 20) as location:
        cache = at(location, timeout=TIMEOUT_S)

        async def main():
            clearing = asyncio.ensure_future(cache.aclear())
            while not clearing.done():
                await cache.aset("other", "value")
                assert await cache.aget("other") in ("value", None)
            await clearing

        run_on(new_loop, main())


def fill_with_others(server):
    """Keys of another program: a clear goes through them in some forty rounds."""
    script = "for number = 1, 40000 do redis.call('SET', 'other:' .. number, '') end"
    assert server.ask("EVAL", script, "0") == b"$-1"
