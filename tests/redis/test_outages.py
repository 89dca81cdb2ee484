"""Plain keys while the server does not answer, or is not there."""

import asyncio
import contextlib
import time

import pytest
from surecache.errors import Unavailable

from tests.redis.watching import until

EMPTY = {
    "get": (("key",), None),
    "get with a default": (("key", "default"), "default"),
    "get_many": ((["key", "other"],), {}),
    "set": (("key", "value"), False),
    "set_many": (({"key": 1, "other": 2},), ["key", "other"]),
    "add": (("key", "value"), False),
    "touch": (("key", 10), False),
    "ttl": (("key",), 0),
    "pttl": (("key",), 0),
    "expire": (("key", 10), False),
    "pexpire_at": (("key", 9e12), False),
    "persist": (("key",), False),
    "has_key": (("key",), False),
    "delete": (("key",), False),
    "delete_many": ((["key", "other"],), None),
    "clear": ((), None),
    "keys": (("*",), []),
    "delete_pattern": (("*",), 0),
}
"""For each call its arguments, and what its documentation says where there is nothing."""

LACKING = {
    "incr": ("key",),
    "decr": ("key", 2),
    "incr_version": ("key",),
    "decr_version": ("key",),
}
"""What raises ValueError where there is nothing."""


@pytest.fixture(params=["paused", "stopped"])
def down(request, redis_server):
    """Takes the server down."""

    def goes() -> None:
        if request.param == "paused":
            redis_server.pause()
        else:
            redis_server.stop()

    return goes


def name_of(what):
    return what.partition(" ")[0]


@pytest.mark.parametrize("what", [*EMPTY, *LACKING])
def test_a_call_says_that_the_store_cannot_be_asked(cache, redis_server, down, call, what):
    cache.set_many({"key": 1, "other": 2})
    down()
    arguments = EMPTY[what][0] if what in EMPTY else LACKING[what]
    with pytest.raises(Unavailable) as caught:
        call(cache, name_of(what), *arguments)
    assert str(redis_server.socket) in str(caught.value)


def test_calls_may_be_answered_as_if_there_were_nothing(at, redis_server, down, call):
    cache = at(redis_server.location, IGNORE_EXCEPTIONS=True)
    cache.set_many({"key": 1, "other": 2})
    down()
    assert call(cache, "incr", "key", 5, ignore_key_check=True) == 5
    for what, (arguments, empty) in EMPTY.items():
        assert call(cache, name_of(what), *arguments) == empty, what
    for what, arguments in LACKING.items():
        with pytest.raises(ValueError, match="'key' not found"):
            call(cache, what, *arguments)


def test_what_stands_for_nothing_is_new_each_time(at, redis_server, down, call):
    cache = at(redis_server.location, IGNORE_EXCEPTIONS=True)
    down()
    call(cache, "get_many", ["key"])["key"] = "of a caller"
    assert call(cache, "get_many", ["key"]) == {}
    call(cache, "set_many", {"key": 1}).append("of a caller")
    assert call(cache, "set_many", {"key": 1}) == ["key"]


def test_keys_that_were_not_stored_are_named_as_the_caller_names_them(at, redis_server, down, call):
    cache = at(redis_server.location, IGNORE_EXCEPTIONS=True)
    down()
    assert call(cache, "set_many", {"a": 1, 2: "b"}, version=7) == ["a", 2]


@pytest.mark.parametrize("ignores", [False, True])
def test_what_computes_goes_on(at, redis_server, down, call, ignores):
    cache = at(redis_server.location, IGNORE_EXCEPTIONS=ignores)
    down()
    calls = []

    def compute():
        calls.append("call")
        return len(calls)

    assert [call(cache, "get_or_set", "key", compute) for _ in range(3)] == [1, 2, 3]
    assert call(cache, "get_or_set", "key", "a value") == "a value"


def test_what_computes_may_fail(cache, down, call):
    """Its own error reaches the caller, not that of the store."""
    down()

    def compute():
        raise LookupError("no such row")

    with pytest.raises(LookupError, match="no such row"):
        call(cache, "get_or_set", "key", compute)


def test_callers_on_a_loop_are_all_told(cache, redis_server):
    """Their commands lie unanswered on the one connection."""
    cache.set("key", "value")

    async def main():
        assert await cache.aget("key") == "value"
        redis_server.pause()
        reads = [asyncio.create_task(cache.aget("key")) for _ in range(50)]
        found = await asyncio.gather(*reads, return_exceptions=True)
        assert {type(each) for each in found} == {Unavailable}
        redis_server.resume()
        await asyncio.to_thread(until, lambda: not cache.engine.is_given_up)
        assert await cache.aget("key") == "value"

    asyncio.run(main())


def test_a_late_reply_is_given_to_nobody(cache, redis_server):
    """The server answers after the caller has given up. Were the connection used again, the next
    caller would read that answer.
    """
    cache.set_many({"one": 1, "two": 2})
    redis_server.pause()
    with pytest.raises(Unavailable):
        cache.get("one")
    redis_server.resume()
    assert [cache.get("two"), cache.get("one")] == [2, 1]


def test_calls_on_a_dead_server_cost_microseconds(cache, redis_server):
    """The bar is 50 us a call over ten seconds, the first time-outs included; a tenth is usual."""
    cache.set("key", "value")
    redis_server.pause()
    calls, end = 0, time.monotonic() + 10
    while time.monotonic() < end:
        with contextlib.suppress(Unavailable):
            cache.get("key")
        calls += 1
    assert calls >= 10 / 50e-6


def test_the_server_comes_back(cache, redis_server, down, call):
    call(cache, "set", "key", "value")
    down()
    for _ in range(5):
        with pytest.raises(Unavailable):
            call(cache, "get", "key")
    try:
        redis_server.resume()
    except RuntimeError:
        redis_server.start()
    until(lambda: not cache.engine.is_given_up)
    call(cache, "set", "key", "another")
    assert call(cache, "get", "key") == "another"
