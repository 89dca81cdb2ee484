"""Run in a process of its own: forks with connections open, of threads and of an event loop."""

import asyncio
import os
import signal
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from django.core.cache import cache
from surecache.django import get_redis_connection

KEYS = 50
THREADS = 4
PATIENCE_S = 10
"""A child takes milliseconds; one that hangs is found by it."""


def value(number: int) -> list[int]:
    """Unlike that of any other number."""
    return [number] * 20


def fill() -> None:
    cache.set_many({f"fork:{number}": value(number) for number in range(KEYS)}, None)


def read_all() -> None:
    for number in range(KEYS):
        assert cache.get(f"fork:{number}") == value(number)


async def aread_all() -> None:
    found = await asyncio.gather(*(cache.aget(f"fork:{number}") for number in range(KEYS)))
    assert found == [value(number) for number in range(KEYS)]


def fork_inside_a_loop(forks: int) -> int:
    """Forks in the middle of a loop's reads; the child uses threads and a loop of its own. How many
    children wrote what this process finds.
    """
    fill()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda _: read_all(), range(THREADS)))

    async def main() -> None:
        await aread_all()
        for number in range(forks):
            reading = [asyncio.create_task(aread_all()) for _ in range(3)]
            # Some commands are asked, and sent in the next turn; some are sent.
            for _ in range(number % 4):
                await asyncio.sleep(0)
            pid = os.fork()
            if pid == 0:
                _end(_child, number)
            await asyncio.gather(*reading)
            while not _has_ended(pid):
                await aread_all()
                read_all()

    asyncio.run(main())
    return sum(cache.get(f"child:{number}") == value(number) for number in range(forks))


def fork_between_runs_of_a_loop(forks: int) -> None:
    """The loop stands still at the fork and goes on in the parent."""
    fill()
    loop = asyncio.new_event_loop()
    for number in range(forks):
        loop.run_until_complete(aread_all())
        read_all()
        pid = os.fork()
        if pid == 0:
            _end(_child, number)
        while not _has_ended(pid):
            loop.run_until_complete(aread_all())
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


def fork_and_use_the_loop(forks: int) -> list[int]:
    """Each child goes on with the loop that it has inherited: it asks for a number there, and ends
    before it has read the answer. What the parent then reads, having written the next number.
    """
    loop, found = asyncio.new_event_loop(), []
    for number in range(forks):
        cache.set("number", number)
        loop.run_until_complete(cache.aget("number"))
        pid = os.fork()
        if pid == 0:
            _end(loop.run_until_complete, _ask_and_end())
        while not _has_ended(pid):
            pass
        cache.set("number", number + 1)
        found.append(loop.run_until_complete(cache.aget("number")))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    return found


def fork_with_a_raw_client(forks: int) -> int:
    """Parent and children talk at once; how many children left their number."""
    client = get_redis_connection()
    for number in range(forks):
        client.ping()
        pid = os.fork()
        if pid == 0:
            _end(_child_with_a_raw_client, client, number)
        while not _has_ended(pid):
            assert client.echo(f"parent {number}") == f"parent {number}".encode()
    return sum(client.get(f"raw:{number}") == str(number).encode() for number in range(forks))


def _child_with_a_raw_client(parents: object, number: int) -> None:
    client = get_redis_connection()
    assert client is not parents
    assert client is get_redis_connection()
    for count in range(100):
        assert client.echo(f"child {count}") == f"child {count}".encode()
    client.set(f"raw:{number}", number)


async def _ask_and_end() -> None:
    """Ends the process when the question is on its way and the answer is not read."""
    asking = asyncio.create_task(cache.aget("number"))
    for _ in range(2):
        await asyncio.sleep(0)
    os._exit(1 if asking.done() else 0)


def _child(number: int) -> None:
    read_all()
    asyncio.run(aread_all())
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda _: read_all(), range(THREADS)))

    async def write() -> None:
        await cache.aset(f"child:{number}", value(number), None)
        assert await cache.aget_or_set(f"computed:{number}", lambda: value(number)) == value(number)

    asyncio.run(write())
    assert cache.get(f"computed:{number}") == value(number)


def _end(run, *arguments) -> None:
    """Runs it and ends the process."""
    code = 1
    try:
        signal.alarm(PATIENCE_S)
        run(*arguments)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _has_ended(pid: int) -> bool:
    ended, status = os.waitpid(pid, os.WNOHANG)
    if not ended:
        time.sleep(0.001)
        return False
    assert os.waitstatus_to_exitcode(status) == 0, "a child found something wrong, or hung"
    return True
