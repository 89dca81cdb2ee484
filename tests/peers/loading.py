"""Caches that are no caches of Django's, with the few calls that scenes of loads need."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

__all__ = ["CashewsLoading", "DogpileLoading", "Loading", "RegionLoading", "loop_in_a_thread"]

TTL_S = 300
_numbers = itertools.count()


class Loading(Protocol):
    """Keeps answers of loaders. Django's caches are such as they are."""

    def get(self, key: str) -> Any:
        """The answer that is kept, or None."""

    def get_or_set(self, key: str, load: Callable[[], Any]) -> Any:
        """The answer that is kept, or the loader's, which is kept."""

    def delete(self, key: str) -> Any:
        """Ends the answer."""


class RegionLoading:
    """A region of surecache, with one text as its key."""

    def __init__(self, database: str) -> None:
        from surecache.django import Region, Scope

        key, scope = {"name": str}, Scope.public("a scene")
        name = f"peers_{next(_numbers)}"
        self.region = Region(name, key=key, scope=scope, database=database)

    def get(self, key: str) -> Any:
        from surecache.django import ABSENT

        found = self.region.peek(name=key)
        return None if found is ABSENT else found

    def get_or_set(self, key: str, load: Callable[[], Any]) -> Any:
        def loaded(name: str) -> Any:
            return load()

        return self.region.get_or_load(loaded, name=key)

    def delete(self, key: str) -> None:
        self.region.invalidate(name=key)


class DogpileLoading:
    """A region of dogpile.cache in memory."""

    def __init__(self) -> None:
        from dogpile.cache import make_region

        self.region = make_region().configure("dogpile.cache.memory", expiration_time=TTL_S)

    def get(self, key: str) -> Any:
        from dogpile.cache.api import NO_VALUE

        found = self.region.get(key)
        return None if found is NO_VALUE else found

    def get_or_set(self, key: str, load: Callable[[], Any]) -> Any:
        return self.region.get_or_create(key, load)

    def delete(self, key: str) -> None:
        self.region.delete(key)


class CashewsLoading:
    """A cache of cashews in memory, on an event loop in a thread of its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        from cashews import Cache

        self.cache = Cache()
        self.cache.setup("mem://")
        self._loop = loop

    def get(self, key: str) -> Any:
        return self._run(self.cache.get(key))

    def get_or_set(self, key: str, load: Callable[[], Any]) -> Any:
        async def loaded() -> Any:
            return await asyncio.to_thread(load)

        return self._run(self.cache.get_or_set(key, loaded, expire=TTL_S))

    def delete(self, key: str) -> None:
        self._run(self.cache.delete(key))

    def _run(self, call: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(call, self._loop).result(TTL_S)


@contextmanager
def loop_in_a_thread() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop that runs until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        asyncio.run_coroutine_threadsafe(_end(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_default_executor()
