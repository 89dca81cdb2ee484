"""What is measured of a cache on a server, each operation as a turn for every contender.

All caches hold the same values under the same keys. Each operation fails on a miss.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from threading import Barrier

from django.core.cache import caches

from benches import region
from benches.rounds import Turn
from benches.values import KEYS, kibibyte

MANY = 100
TASKS = 50
THREADS = 8
REGION_HIT = "region hit"
PLAIN_GET = "plain get"

NAMES = [f"profile:{number}" for number in range(KEYS)]
VALUES = [kibibyte(number) for number in range(KEYS)]

Operation = tuple[str, dict[str, Turn]]
"""Its name, and the turns of the contenders; the first is what the others are compared with."""


@contextmanager
def operations(aliases: Mapping[str, str]) -> Iterator[list[Operation]]:
    """The operations, with the alias of each contender; loop and threads last as long as it."""
    for alias in aliases.values():
        _fill(alias)
    with closing(asyncio.new_event_loop()) as loop, ExitStack() as threads:
        # To each its own: the system places threads by what they did before.
        pools = {alias: ThreadPoolExecutor(THREADS) for alias in aliases.values()}
        for pool in pools.values():
            threads.enter_context(pool)
        yield _of_all(aliases, loop, pools)
        loop.run_until_complete(loop.shutdown_asyncgens())


def _of_all(
    aliases: Mapping[str, str],
    loop: asyncio.AbstractEventLoop,
    pools: Mapping[str, ThreadPoolExecutor],
) -> list[Operation]:
    def operation(name: str, turn_of: Callable[[str], Turn]) -> Operation:
        return name, {contender: turn_of(alias) for contender, alias in aliases.items()}

    return [
        operation("get", _get),
        operation("set", _set),
        operation(f"get_many({MANY})", _get_many),
        operation("aget, 1 task", lambda alias: _aget(alias, loop, 1)),
        operation(f"aget, {TASKS} tasks", lambda alias: _aget(alias, loop, TASKS)),
        operation(f"get, {THREADS} threads", lambda alias: _threads(alias, pools[alias])),
        (REGION_HIT, {PLAIN_GET: _get("default"), REGION_HIT: _region()}),
    ]


def _fill(alias: str) -> None:
    cache = caches[alias]
    for name, value in zip(NAMES, VALUES, strict=True):
        cache.set(name, value)
    if (found := cache.get(NAMES[0])) != VALUES[0]:
        raise AssertionError(f"{alias}: wanted the value that was set, found: {found!r}")


def _get(alias: str) -> Turn:
    get = caches[alias].get

    def reads(order: list[int]) -> None:
        for number in order:
            if get(NAMES[number]) is None:
                raise _missed(number)

    return _clocked(reads)


def _set(alias: str) -> Turn:
    put = caches[alias].set

    def writes(order: list[int]) -> None:
        for number in order:
            put(NAMES[number], VALUES[number])

    return _clocked(writes)


def _get_many(alias: str) -> Turn:
    get_many = caches[alias].get_many
    ring = NAMES + NAMES[:MANY]

    def reads(order: list[int]) -> None:
        for number in order:
            if len(get_many(ring[number : number + MANY])) != MANY:
                raise _missed(number)

    return _clocked(reads)


def _aget(alias: str, loop: asyncio.AbstractEventLoop, tasks: int) -> Turn:
    aget = caches[alias].aget

    async def reads(order: list[int]) -> None:
        for number in order:
            if await aget(NAMES[number]) is None:
                raise _missed(number)

    async def all_tasks(order: list[int]) -> None:
        await asyncio.gather(*(reads(order[first::tasks]) for first in range(tasks)))

    return _clocked(lambda order: loop.run_until_complete(all_tasks(order)))


def _threads(alias: str, pool: ThreadPoolExecutor) -> Turn:
    together = Barrier(THREADS)

    def reads(order: list[int]) -> None:
        get = caches[alias].get  # as Django has it, a cache object for each thread
        together.wait()
        for number in order:
            if get(NAMES[number]) is None:
                raise _missed(number)

    def all_threads(order: list[int]) -> None:
        list(pool.map(reads, [order[first::THREADS] for first in range(THREADS)]))

    return _clocked(all_threads)


def _region() -> Turn:
    read = region.filled("bench", kibibyte)

    def reads(order: list[int]) -> None:
        for number in order:
            if read(number) is None:
                raise _missed(number)

    return _clocked(reads)


def _clocked(calls: Callable[[list[int]], None]) -> Turn:
    def turn(order: list[int]) -> float:
        start = time.perf_counter_ns()
        calls(order)
        return (time.perf_counter_ns() - start) / len(order)

    return turn


def _missed(number: int) -> AssertionError:
    return AssertionError(f"wanted a hit, found a miss: {number}")
