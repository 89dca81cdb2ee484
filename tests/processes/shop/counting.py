"""Acts under a lock: a number in a file, which each reads and writes back."""

import asyncio
import os
from pathlib import Path

from django.conf import settings
from django.core.cache import cache

from tests.processes.shop.worker import stop_at

LEASE_S = 0.5


def count(rounds: int) -> list[int]:
    """Adds to the number so many times; the fencing tokens, in their order."""
    tokens = []
    for _ in range(rounds):
        with cache.lock("number", lease=LEASE_S) as lock:
            tokens.append(lock.fencing_token)
            _add_one()
    return tokens


def count_on_a_loop(rounds: int, tasks: int) -> list[int]:
    """The same in many tasks at once."""

    async def counted() -> list[int]:
        tokens = []
        for _ in range(rounds):
            async with cache.alock("number", lease=LEASE_S) as lock:
                tokens.append(lock.fencing_token)
                _add_one()
        return tokens

    async def main() -> list[list[int]]:
        return await asyncio.gather(*(counted() for _ in range(tasks)))

    return [token for tokens in asyncio.run(main()) for token in tokens]


def hold(gate: str) -> None:
    """Takes the lock and says so; whoever holds it for ever is killed."""
    with cache.lock("number", lease=LEASE_S):
        stop_at(gate)


def take_place(gate: str) -> None:
    """Takes one of two places and says so, for ever."""
    with cache.semaphore("places", 2, lease=LEASE_S):
        stop_at(gate)


def places_in_time(seconds: float) -> int:
    """How many of the two places are to be had."""
    semaphores = [cache.semaphore("places", 2, blocking_timeout=seconds) for _ in range(2)]
    return sum(semaphore.acquire() for semaphore in semaphores)


def number() -> int:
    return int(_path().read_text())


def _add_one() -> None:
    read = number() if _path().exists() else 0
    written = _path().with_suffix(f".{os.getpid()}")
    written.write_text(str(read + 1))
    written.replace(_path())


def _path() -> Path:
    return Path(settings.DATABASES["default"]["NAME"]).with_name("number")
