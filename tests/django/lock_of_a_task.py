"""A program: whose a lock is that is taken by `asyncio.wait_for`, or in a task of its own.

It prints what each release came to.
"""

import asyncio

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="the secret of the tests",
    CACHES={
        "default": {
            "BACKEND": "surecache.django.SureCache",
            "LOCATION": "memory://a-task",
            "KEY_PREFIX": "tests",
        }
    },
)
django.setup()

from django.core.cache import cache  # noqa: E402  # Django must be set up
from surecache.errors import LockNotHeld  # noqa: E402

PATIENCE_S = 10  # that nothing needs


async def came_to(releasing):
    try:
        await releasing
    except LockNotHeld:
        return "not held"
    return "released"


async def waited(lock):
    assert await asyncio.wait_for(lock.acquire(), PATIENCE_S)


async def of_a_stranger():
    lock = cache.alock("stranger")
    await waited(lock)

    async def stranger():
        return await came_to(lock.release())

    print("a stranger:", await asyncio.create_task(stranger()))
    assert await lock.owned()
    print("the holder:", await came_to(lock.release()))


async def of_two():
    semaphore, both = cache.asemaphore("two", 2), asyncio.Event()
    count = 0

    async def one():
        nonlocal count
        await waited(semaphore)
        count += 1
        if count == 2:
            both.set()
        await both.wait()
        return await came_to(asyncio.wait_for(semaphore.release(), PATIENCE_S))

    print("two holders:", *await asyncio.gather(one(), one()))


async def of_a_task_of_its_own():
    lock = cache.alock("own")
    print("written here:", await asyncio.create_task(lock.acquire()), await came_to(lock.release()))
    await asyncio.create_task(waited(lock))
    print("written there:", await came_to(lock.release()))
    assert await cache.alock("own").acquire(blocking_timeout=PATIENCE_S)


async def main():
    await of_a_stranger()
    await of_two()
    await of_a_task_of_its_own()


asyncio.run(main())
