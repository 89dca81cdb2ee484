"""One connection an event loop, whatever callers and loops come and go."""

import asyncio
import gc
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.redis.watching import PATIENCE_S, clients, run_on, until

KEYS = 200
READS = 20_000
AT_ONCE = 100


def value(number):
    """Of more than one length, and unlike that of any other number."""
    return [number] * (1 + number % 7)


def fill(cache):
    cache.set_many({f"key:{number}": value(number) for number in range(KEYS)}, None)


async def read_all(cache):
    found = await asyncio.gather(*(cache.aget(f"key:{number}") for number in range(KEYS)))
    assert found == [value(number) for number in range(KEYS)]


async def read_and_cancel(cache):
    """How many reads were cancelled while they were under way; all others must be right."""
    await read_all(cache)
    connection = cache.engine.wire(asyncio.get_running_loop())
    cancelled = 0
    for _ in range(READS // AT_ONCE):
        numbers = random.choices(range(KEYS), k=AT_ONCE)
        tasks = [asyncio.create_task(cache.aget(f"key:{number}")) for number in numbers]
        for _ in range(random.randrange(6)):
            await asyncio.sleep(0)
        for task in random.sample(tasks, AT_ONCE // 3):
            task.cancel()
        gathered = asyncio.gather(*tasks, return_exceptions=True)
        found = await asyncio.wait_for(gathered, PATIENCE_S)
        ended = [type(each) is asyncio.CancelledError for each in found]
        cancelled += sum(ended)
        for number, each, is_cancelled in zip(numbers, found, ended, strict=True):
            assert is_cancelled or each == value(number)
    assert cache.engine.wire(asyncio.get_running_loop()) is connection
    await read_all(cache)
    return cancelled


def test_cancelled_reads_shift_no_other_s_reply(cache, new_loop):
    """A reply that nobody waits for any more has its place in the order of replies all the same:
    who dropped that place with its caller would give each later one the reply before its own.
    """
    fill(cache)
    assert READS / 10 < run_on(new_loop, read_and_cancel(cache)) < READS / 2


def test_a_cancelled_first_caller_leaves_the_others_their_connection(cache, new_loop):
    """The first caller makes the connection for all who ask meanwhile."""
    fill(cache)

    async def main():
        first = asyncio.create_task(cache.aget("key:1"))
        others = [asyncio.create_task(cache.aget(f"key:{number}")) for number in range(10)]
        await asyncio.sleep(0)
        first.cancel()
        assert await asyncio.gather(*others) == [value(number) for number in range(10)]
        with pytest.raises(asyncio.CancelledError):
            await first

    run_on(new_loop, main())


def test_fifty_reads_at_once_share_one_connection(cache, redis_server, new_loop):
    fill(cache)
    before = len(clients(redis_server))

    async def main():
        await asyncio.gather(*(read_all(cache) for _ in range(5)))
        return len(clients(redis_server))

    assert run_on(new_loop, main()) == before + 1


def test_loops_one_after_another(cache, redis_server, new_loop):
    fill(cache)
    before = len(clients(redis_server))
    for _ in range(5):
        run_on(new_loop, read_all(cache))
        until(lambda: len(clients(redis_server)) == before)


def test_loops_in_two_threads_at_once(cache, redis_server, new_loop):
    fill(cache)
    before, both = len(clients(redis_server)), threading.Barrier(2)

    def run():
        async def main():
            await read_all(cache)
            both.wait(PATIENCE_S)
            connections = len(clients(redis_server))
            both.wait(PATIENCE_S)
            for _ in range(20):
                await read_all(cache)
            return connections

        return run_on(new_loop, main())

    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(run) for _ in range(2)]
        assert [each.result() for each in running] == [before + 2] * 2
    until(lambda: len(clients(redis_server)) == before)


def test_asyncio_run_fifty_times_leaves_nothing_behind(cache, redis_server, caplog, recwarn):
    fill(cache)
    before = len(clients(redis_server))
    for _ in range(50):
        asyncio.run(read_all(cache))
        until(lambda: len(clients(redis_server)) == before)
    gc.collect()
    assert [record.getMessage() for record in caplog.records] == []
    assert [str(warning.message) for warning in recwarn] == []


def test_a_loop_that_is_closed_at_once_takes_its_connection_along(cache, redis_server, new_loop):
    """Not every program shuts the generators of its loop down before it closes it. The connection
    of the last such loop may stay until another loop has one.
    """
    fill(cache)
    before = len(clients(redis_server))
    for _ in range(5):
        loop = new_loop()
        loop.run_until_complete(read_all(cache))
        loop.close()
        del loop
        gc.collect()
    assert until(lambda: len(clients(redis_server)) <= before + 1)


def test_a_connection_that_was_cut_is_made_anew(cache, redis_server, new_loop):
    fill(cache)

    async def main():
        await read_all(cache)
        for client in clients(redis_server):
            redis_server.ask("CLIENT", "KILL", "ID", client["id"])
        connection = cache.engine.wire(asyncio.get_running_loop())
        while not connection.is_lost:
            await asyncio.sleep(0)
        await read_all(cache)

    run_on(new_loop, main())
