"""Regions while the server does not answer: each read ends soon, with what its loader returns."""

# ruff: noqa: A002 -- a key field has the name of its column

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.redis.watching import until

THREADS = 50
KEYS = 20
MOST_S = 2
"""The longest that an outage may keep a reader, with the settings as they are by default."""
RETURN_S = 1
"""After the server's return, until the first answer that is found there."""


class Loader:
    """Takes its time; knows how many of it ran, and ran at once."""

    seconds = 0.05

    def __init__(self) -> None:
        self.calls = self.most_at_once = 0
        self._running = 0
        self._lock = threading.Lock()

    def __call__(self, id):
        with self._lock:
            self.calls += 1
            self._running += 1
            self.most_at_once = max(self.most_at_once, self._running)
        time.sleep(self.seconds)
        with self._lock:
            self._running -= 1
        return {"id": id}


@pytest.fixture
def load():
    return Loader()


@pytest.fixture(params=["paused", "stopped"])
def down(request, redis_server):
    """Takes the server down."""
    return redis_server.pause if request.param == "paused" else redis_server.stop


def timed(read, *arguments, **named):
    began = time.monotonic()
    value = read(*arguments, **named)
    return value, time.monotonic() - began


@pytest.mark.parametrize("is_warm", [False, True], ids=["cold", "warm"])
def test_fifty_threads_read_on(cache, declare, load, down, is_warm):
    region = declare()
    if is_warm:
        region.get_or_load(load, id=1)
    down()
    start = threading.Barrier(THREADS)

    def read():
        start.wait()
        return timed(region.get_or_load, load, id=1)

    with ThreadPoolExecutor(THREADS) as pool:
        reads = [pool.submit(read) for _ in range(THREADS)]
        found = [each.result() for each in reads]
    assert [value for value, _ in found] == [{"id": 1}] * THREADS
    assert max(took for _, took in found) < MOST_S + load.seconds
    assert load.most_at_once <= 2


def test_twenty_keys_one_after_another(cache, declare, load, down, call):
    region = declare()
    call(region, "get_or_load", load, id=0)
    down()
    for number in range(KEYS):
        value, took = timed(call, region, "get_or_load", load, id=number)
        assert value == {"id": number}
        assert took < MOST_S + load.seconds
    assert load.calls == 1 + KEYS


def test_many_keys_at_once(cache, declare, down, call):
    region = declare()
    down()
    keys = [{"id": number} for number in range(KEYS)]
    found, took = timed(call, region, "get_or_load_many", list, keys)
    assert found == keys
    assert took < MOST_S


def test_the_first_hit_after_the_server_s_return(cache, declare, load, redis_server, call):
    region = declare()
    call(region, "get_or_load", load, id=1)
    redis_server.pause()
    for _ in range(5):
        call(region, "get_or_load", load, id=1)
    assert load.calls == 6
    redis_server.resume()

    def is_hit():
        before = load.calls
        assert call(region, "get_or_load", load, id=1) == {"id": 1}
        return load.calls == before

    until(is_hit, RETURN_S)


def test_the_first_stored_answer_after_a_restart(cache, declare, load, redis_server, call):
    region = declare()
    call(region, "get_or_load", load, id=1)
    redis_server.stop()
    for _ in range(5):
        call(region, "get_or_load", load, id=1)
    redis_server.start()

    def is_hit():
        before = load.calls
        call(region, "get_or_load", load, id=1)
        return load.calls == before

    until(is_hit, RETURN_S)


def test_reads_of_an_outage_are_counted(cache, declare, load, down, call):
    region = declare()
    down()
    call(region, "get_or_load", load, id=1)
    assert cache.engine.own_statistics()[region.name]["outcomes"] == {"unavailable": 1}
