"""The asynchronous half of the cache contract.

A store of this machine answers in microseconds, so its calls are made on the event loop; calls of
other stores, and `aget_or_set`, which may wait, go to the thread that Django's database calls go
to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from asgiref.sync import async_to_sync, iscoroutinefunction, sync_to_async
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.exceptions import SynchronousOnlyOperation

if TYPE_CHECKING:
    from surecache._core import Engine

__all__ = ["Twins"]

_T = TypeVar("_T")


class Twins(BaseCache):
    """The methods with Django's ``a`` before their names."""

    @property
    def engine(self) -> Engine:
        """The store."""
        raise NotImplementedError

    async def aget(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """See `get`."""
        return await self._answer(self.get, key, default, version)

    async def aset(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        """See `set`."""
        await self._answer(self.set, key, value, timeout, version)

    async def aadd(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """See `add`."""
        return await self._answer(self.add, key, value, timeout, version)

    async def atouch(
        self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """See `touch`."""
        return await self._answer(self.touch, key, timeout, version)

    async def adelete(self, key: Any, version: int | None = None) -> bool:
        """See `delete`."""
        return await self._answer(self.delete, key, version)

    async def ahas_key(self, key: Any, version: int | None = None) -> bool:
        """See `has_key`."""
        return await self._answer(self.has_key, key, version)

    async def aget_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        """See `get_many`."""
        return await self._answer(self.get_many, keys, version)

    async def aset_many(
        self,
        data: Mapping[Any, Any],
        timeout: Any = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> list[Any]:
        """See `set_many`."""
        return await self._answer(self.set_many, data, timeout, version)

    async def adelete_many(self, keys: Iterable[Any], version: int | None = None) -> None:
        """See `delete_many`."""
        await self._answer(self.delete_many, keys, version)

    async def aget_or_set(
        self,
        key: Any,
        default: Any | Callable[[], Any],
        timeout: Any = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> Any:
        """See `get_or_set`. The default may be a coroutine function; one that is none is called in
        the thread of Django's database calls.
        """
        loader = async_to_sync(default) if iscoroutinefunction(default) else default
        call = sync_to_async(self.get_or_set, thread_sensitive=True)
        return await call(key, loader, timeout, version)

    async def aincr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """See `incr`."""
        return await self._answer(self.incr, key, delta, version)

    async def adecr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """See `decr`."""
        return await self._answer(self.decr, key, delta, version)

    async def aincr_version(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """See `incr_version`."""
        return await self._answer(self.incr_version, key, delta, version)

    async def adecr_version(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """See `decr_version`."""
        return await self._answer(self.decr_version, key, delta, version)

    async def aclear(self) -> None:
        """See `clear`."""
        await self._answer(self.clear)

    async def _answer(self, call: Callable[..., _T], *arguments: Any) -> _T:
        if self.engine.is_local:
            try:
                return call(*arguments)
            except SynchronousOnlyOperation:
                pass  # pickling the value, before anything is stored, has asked the database
        return await sync_to_async(call, thread_sensitive=True)(*arguments)
