"""What one turn of an event loop asks leaves in one write, and comes back however large it is."""

import asyncio
import pickle
import random
import tempfile
import time
from pathlib import Path

import pytest
from surecache.django import Tag

from tests.redis.recorder import Recorder
from tests.redis.watching import run_on

ROUNDS = 10
TIMEOUT_S = 0.25
"""How long a command may wait for the server, where the settings do not say."""


def test_fifty_reads_of_a_turn_leave_in_one_write(at, redis_server, new_loop):
    with (
        tempfile.TemporaryDirectory(prefix="surecache-redis-") as folder,
        Recorder(Path(folder), redis_server.socket) as recorder,
    ):
        cache = at(recorder.location)

        async def main():
            await cache.aget("turn:0")
            for _ in range(ROUNDS):
                before = len(recorder.pieces)
                reads = [cache.aget(f"turn:{number}", number) for number in range(50)]
                assert await asyncio.gather(*reads) == list(range(50))
                # Others than reads are the reports of this process.
                written = [each for each in recorder.pieces[before:] if b"turn:" in each]
                assert [each.count(b"turn:") for each in written] == [50]

        run_on(new_loop, main())


def test_many_values_leave_in_one_write(at, redis_server, call):
    with (
        tempfile.TemporaryDirectory(prefix="surecache-redis-") as folder,
        Recorder(Path(folder), redis_server.socket) as recorder,
    ):
        cache = at(recorder.location)
        call(cache, "set", "turn:first", 1)
        before = len(recorder.pieces)
        items = {f"turn:{number}": number for number in range(50)}
        assert call(cache, "set_many", items) == []
        written = [each for each in recorder.pieces[before:] if b":1:turn:" in each]
        # Each names its entry and the lease on it; so does the entry's header.
        assert [each.count(b":1:turn:") for each in written] == [3 * len(items)]
        assert call(cache, "get_many", items) == items


def test_missing_answers_are_asked_for_taken_and_stored_in_one_write_each(
    at, declare, redis_server, call
):
    with (
        tempfile.TemporaryDirectory(prefix="surecache-redis-") as folder,
        Recorder(Path(folder), redis_server.socket) as recorder,
    ):
        at(recorder.location)
        region = declare(depends_on=[Tag("what all depend on")])

        def read(numbers):
            keys = [{"id": number} for number in numbers]
            return call(region, "get_or_load_many", lambda keys: [key["id"] for key in keys], keys)

        # The server has the scripts from now on.
        assert read([-1]) == [-1]
        before = len(recorder.pieces)
        assert read(range(50)) == list(range(50))
        pieces, name = recorder.pieces[before:], region.name.encode()
        written = [each.count(b":" + name) for each in pieces if name in each]
        # The entries; the lease on each, with its entry; entry, lease and channel of each.
        assert written == [50, 100, 150]
        tags = [each.count(b":g:") for each in pieces if b":g:" in each]
        # Namespace, region and tag, read with the entries and made sure of before the load.
        assert tags == [3, 3]
        assert read(range(50)) == list(range(50))


def test_more_values_than_leave_at_once(cache, call):
    items = {f"many:{number}": [number, "x" * number] for number in range(1500)}
    assert call(cache, "set_many", items) == []
    assert call(cache, "get_many", items) == items
    assert call(cache, "set_many", items, timeout=0) == []
    assert call(cache, "get_many", items) == {}


def test_a_value_that_cannot_be_pickled_disturbs_no_later_call(cache, call):
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        call(cache, "set_many", {"one": 1, "none": lambda: 1, "two": 2})
    assert call(cache, "set_many", {"one": 1, "two": 2}) == []
    assert call(cache, "get_many", ["one", "none", "two"]) == {"one": 1, "two": 2}


def test_a_value_of_five_megabytes(cache, new_loop):
    value = random.randbytes(5_000_000)

    async def main():
        await cache.aset("large", value)
        await cache.aset("small", "small")
        reads = [cache.aget(name) for name in ("small", "large", "small", "large", "small")]
        assert await asyncio.gather(*reads) == ["small", value, "small", value, "small"]

    run_on(new_loop, main())
    assert cache.get("large") == value


def test_a_reader_of_a_large_value_that_goes_away_leaves_its_rest_to_nobody(cache, new_loop):
    """It is cancelled when some of its reply has come, and some has not."""
    value = random.randbytes(5_000_000)
    cache.set_many({"large": value, "small": "small"})

    async def main():
        for turns in range(12):
            reading = asyncio.create_task(cache.aget("large"))
            for _ in range(turns):
                await asyncio.sleep(0)
            reading.cancel()
            assert await asyncio.gather(*(cache.aget("small") for _ in range(3))) == ["small"] * 3

    run_on(new_loop, main())


def test_two_thousand_keys_at_once(cache, new_loop):
    items = {f"many:{number}": [number, "x" * number] for number in range(2000)}

    async def main():
        assert await cache.aset_many(items) == []
        found = await cache.aget_many([*items, "none"])
        assert found == items
        await cache.adelete_many(list(items)[1:])
        assert await cache.aget_many(items) == dict(list(items.items())[:1])

    run_on(new_loop, main())


def test_a_loop_that_was_busy_takes_what_has_come_meanwhile(cache, new_loop):
    """Something else keeps the loop for longer than a command may wait. The server has answered in
    time: its reply lies in the socket, and is no outage.
    """
    cache.set("key", "value")

    async def main():
        await cache.aget("key")
        connection = cache.engine.wire(asyncio.get_running_loop())
        for _ in range(5):
            reading = asyncio.create_task(cache.aget("key"))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            time.sleep(2 * TIMEOUT_S)
            assert await reading == "value"
        assert cache.engine.wire(asyncio.get_running_loop()) is connection

    run_on(new_loop, main())
