"""What is measured: each operation as calls on a cache, by numbers of keys.

All caches hold the same values under the same names. Each operation fails on a miss.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, NoReturn

from django.core.cache import caches

from benches import region, scenes
from benches.rounds import Calls
from benches.scenes import MANY
from benches.values import KINDS


class Job(NamedTuple):
    """An operation on the cache of a contender; other processes are told of it."""

    operation: str
    alias: str
    value: str
    """The name of its kind."""
    keys: int


def names(keys: int) -> list[str]:
    """Of the values of a cache."""
    return [f"value:{number}" for number in range(keys)]


def fill(alias: str, value: str, keys: int) -> None:
    """Lays the values of a kind, and counters, into a cache."""
    cache, make = caches[alias], KINDS[value].make
    for number, name in enumerate(names(keys)):
        cache.set(name, make(number))
        cache.set(f"count:{number}", 0)
    if (found := cache.get(names(1)[0])) != make(0):
        raise AssertionError(f"{alias}: wanted the value that was set, found: {found!r}")


def calls(job: Job) -> Calls:
    """The calls of a thread. They look for their cache themselves: Django has one a thread."""
    return _OPERATIONS[job.operation](job)


def hits(finder: Callable[[], Callable[[Any], object]], arguments: Sequence[object]) -> Calls:
    """Calls of what the finder finds, each with the argument of its number; none gives None."""

    def reads(order: Sequence[int]) -> None:
        call = finder()
        for number in order:
            if call(arguments[number]) is None:
                _missed(number)

    return reads


def _pairs(
    finder: Callable[[], Callable[[Any, Any], object]],
    firsts: Sequence[object],
    seconds: Sequence[object],
) -> Calls:
    """The same with two arguments."""

    def both(order: Sequence[int]) -> None:
        call = finder()
        for number in order:
            call(firsts[number], seconds[number])

    return both


def _get(job: Job) -> Calls:
    return hits(lambda: caches[job.alias].get, names(job.keys))


def _set(job: Job) -> Calls:
    return _pairs(lambda: caches[job.alias].set, names(job.keys), _values(job))


def _incr(job: Job) -> Calls:
    return hits(lambda: caches[job.alias].incr, [f"count:{number}" for number in range(job.keys)])


def _get_or_set(job: Job) -> Calls:
    return _pairs(lambda: caches[job.alias].get_or_set, names(job.keys), [_no_hit] * job.keys)


def _region(job: Job) -> Calls:
    read = region.answers(job.alias, job.value).read
    return hits(lambda: read, range(job.keys))


def _plain_get(job: Job) -> Calls:
    name = names(job.keys)

    def finder() -> Callable[[int], object]:
        get = caches[job.alias].get

        def read(number: int) -> object:
            return get(name[number])

        return read

    return hits(finder, range(job.keys))


def _get_many(job: Job) -> Calls:
    groups = _groups(names(job.keys))

    def reads(order: Sequence[int]) -> None:
        get_many = caches[job.alias].get_many
        for number in order:
            if len(get_many(groups[number])) != MANY:
                _missed(number)

    return reads


def _set_many(job: Job) -> Calls:
    named = zip(_groups(names(job.keys)), _groups(_values(job)), strict=True)
    groups = [dict(zip(*each, strict=True)) for each in named]

    def writes(order: Sequence[int]) -> None:
        set_many = caches[job.alias].set_many
        for number in order:
            set_many(groups[number])

    return writes


_OPERATIONS: dict[str, Callable[[Job], Calls]] = {
    scenes.GET: _get,
    scenes.PLAIN_GET: _plain_get,
    scenes.SET: _set,
    scenes.GET_MANY: _get_many,
    scenes.SET_MANY: _set_many,
    scenes.INCR: _incr,
    scenes.GET_OR_SET: _get_or_set,
    scenes.REGION_HIT: _region,
}


def aget(job: Job, loop: asyncio.AbstractEventLoop, tasks: int) -> Calls:
    """The calls of so many tasks at once."""
    name = names(job.keys)
    cache = caches[job.alias]

    async def reads(order: Sequence[int]) -> None:
        for number in order:
            if await cache.aget(name[number]) is None:
                _missed(number)

    async def all_tasks(order: Sequence[int]) -> None:
        await asyncio.gather(*(reads(order[first::tasks]) for first in range(tasks)))

    return lambda order: loop.run_until_complete(all_tasks(order))


def _values(job: Job) -> list[object]:
    return [KINDS[job.value].make(number) for number in range(job.keys)]


def _groups(each: list[object] | list[str]) -> list[list[object]]:
    """From each one on so many, around the end."""
    ring = [*each, *each[:MANY]]
    return [ring[first : first + MANY] for first in range(len(each))]


def _no_hit() -> NoReturn:
    raise AssertionError("wanted a hit, found a miss")


def _missed(number: int) -> NoReturn:
    raise AssertionError(f"wanted a hit, found a miss: {number}")
