"""How connections of event loops end, and what that costs others: nothing."""

from __future__ import annotations

import asyncio
import contextlib
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from surecache.errors import Unavailable


def test_loops_that_end_are_no_failures_of_the_server(cache):
    """Each run ends with a connection that is closed; three in a row once opened the breaker."""
    cache.set("key", "value")

    async def read():
        return await cache.aget("key")

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: asyncio.run(read()), range(200)))
    assert set(found) == {"value"}
    assert not cache.engine.is_given_up


async def test_changes_of_one_key_at_once_take_their_turns(cache):
    """Each asks again until nobody was quicker; that takes longer than one command may."""
    await cache.aset("count", 0)
    await asyncio.gather(*(cache.aincr("count") for _ in range(400)))
    assert await cache.aget("count") == 400


def test_a_loop_that_was_closed_in_mid_read_disturbs_no_other(cache, redis_server):
    cache.set("key", "value")
    loop = asyncio.new_event_loop()
    loop.run_until_complete(cache.aget("key"))
    redis_server.pause()
    read = loop.create_task(cache.aget("key"))
    loop.run_until_complete(asyncio.sleep(0.01))
    read._log_destroy_pending = False
    loop.close()
    redis_server.resume()
    read.get_coro().close()
    assert asyncio.run(cache.aget("key")) == "value"


def test_reads_that_are_cancelled_in_an_outage_stop_nobody(cache, redis_server):
    """A cancelled read and the thread in which it once asked waited for each other, for ever."""
    redis_server.stop()
    dice = random.Random(7)

    async def read(number):
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(cache.aget_or_set(f"key:{number}", 1), dice.random() / 100)

    async def main():
        for _ in range(20):
            await asyncio.gather(*(read(number) for number in range(20)))

    asyncio.run(main())
    with pytest.raises(Unavailable):
        cache.get("key")


async def test_a_loop_that_stood_still_loses_nothing(cache):
    import time

    await cache.aset("key", "value")
    for _ in range(3):
        reads = [asyncio.create_task(cache.aget("key")) for _ in range(5)]
        await asyncio.sleep(0)
        time.sleep(0.3)  # longer than a command may take
        assert await asyncio.gather(*reads) == ["value"] * 5
