"""The connection of an event loop: its socket, what waits on it to be sent, and who is told."""

import asyncio
import socket
import time

import pytest
from surecache._core import Wire
from surecache.django import _wires

from tests.redis.watching import run_on

LARGE = 48 << 20
MOST_S = 3
"""Of the processor. To move what is left at each step takes many times as long."""
LIMIT_S = 10
"""Nobody waits longer for what is to come."""


class Stubborn(asyncio.Future):
    """Cannot be given its end."""

    def set_result(self, _):
        raise RuntimeError("it is not taken")


@pytest.mark.parametrize("number", [-1, -7])
def test_a_socket_that_is_none_is_refused(cache, number):
    loop = asyncio.new_event_loop()
    with pytest.raises(ValueError, match=f"wanted the number of an open socket, found: {number}"):
        Wire(cache.engine, loop, number, "127.0.0.1", 1)
    loop.close()


def test_one_who_cannot_be_told_keeps_it_from_nobody_else(cache):
    """Their replies come in one read. Who came behind the first once waited for ever."""
    loop = asyncio.new_event_loop()
    met = []
    loop.set_exception_handler(lambda _, context: met.append(context["exception"]))
    future = loop.create_future

    async def main():
        await cache.aset("key", "value")
        made = iter([Stubborn])
        loop.create_future = lambda: next(made, asyncio.Future)(loop=loop)
        first, second = (asyncio.ensure_future(cache.aget("key")) for _ in range(2))
        # Both ask now.
        await asyncio.sleep(0)
        loop.create_future = future
        assert next(made, None) is None
        done, _ = await asyncio.wait([second], timeout=LIMIT_S)
        first.cancel()
        return [each.result() for each in done]

    assert run_on(lambda: loop, main()) == ["value"]
    assert [str(error) for error in met] == ["it is not taken"]


def test_a_large_value_leaves_in_small_steps_without_being_moved(
    at, redis_server, monkeypatch, new_loop
):
    cache = at(redis_server.location, timeout=20)
    connect = _wires._connected

    async def connected(*place):
        made = await connect(*place)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        return made

    async def main():
        began = time.thread_time()
        await cache.aset("key", bytes(LARGE))
        return time.thread_time() - began

    monkeypatch.setattr(_wires, "_connected", connected)
    assert run_on(new_loop, main()) < MOST_S
