"""What an event loop asks of a server by its own connection alone."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from surecache.errors import Unavailable

from tests.django.database import Gate
from tests.redis.watching import PATIENCE_S, run_on


async def listed(cache):
    assert sorted(await cache.akeys("k*")) == ["key", "kez"]
    assert [key async for key in cache.aiter_keys("other", itersize=1)] == ["other"]


async def deleted(cache):
    assert await cache.adelete_pattern("k*", itersize=1) == 2
    assert await cache.akeys() == ["other"]


async def cleared(cache):
    await cache.aclear()
    assert await cache.akeys() == []


async def moved(cache):
    await cache.aset("key", "value", timeout=100)
    assert await cache.aincr_version("key") == 2
    assert (await cache.aget("key"), await cache.aget("key", version=2)) == (None, "value")
    assert await cache.attl("key", version=2) > 90
    assert await cache.adecr_version("key", version=2) == 1
    assert await cache.aget("key") == "value"
    with pytest.raises(ValueError, match="'none' not found"):
        await cache.aincr_version("none")


@pytest.mark.parametrize("does", [listed, deleted, cleared, moved])
def test_no_thread_is_needed(cache, new_loop, does):
    """The one thread that database calls, and calls that need a thread, go to is taken."""
    cache.set_many({"key": 1, "kez": 2, "other": 3})
    gate = Gate()

    async def main():
        await cache.aget("key")  # connects
        holding = asyncio.create_task(sync_to_async(gate.hold, thread_sensitive=True)())
        while not gate.has_begun:
            await asyncio.sleep(0)
        try:
            await asyncio.wait_for(does(cache), PATIENCE_S)
        finally:
            gate.let_go()
            await holding

    run_on(new_loop, main())


def test_a_clear_that_the_server_does_not_take_is_told(at, redis_server, new_loop):
    """Its first half and its second: nobody waits for ever."""
    cache = at(redis_server.location)
    cache.set("key", 1)

    async def main():
        await cache.aget("key")  # connects
        redis_server.stop()
        with pytest.raises(Unavailable):
            await asyncio.wait_for(cache.aclear(), PATIENCE_S)

    run_on(new_loop, main())
