"""A program: what becomes of a lock that one task takes and another releases.

It prints what the release came to after `asyncio.wait_for`, and after a task that was ended.
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


async def came_to(lock, acquiring):
    assert await acquiring
    try:
        await lock.release()
    except LockNotHeld:
        return "not held"
    return "released"


async def main():
    waited, ended = cache.alock("waited"), cache.alock("ended")
    print(await came_to(waited, asyncio.wait_for(waited.acquire(), PATIENCE_S)))
    print(await came_to(ended, asyncio.ensure_future(ended.acquire())))


asyncio.run(main())
