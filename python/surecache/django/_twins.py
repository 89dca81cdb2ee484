"""The asynchronous half of the cache contract.

A store of this machine answers in microseconds, so its calls are made on the event loop. A server
is asked on the loop's own connection, and awaited. Deletes that the server did not take, and what
must be pickled with the database's help go to the thread that Django's database calls go to.
"""

from __future__ import annotations

from asyncio import gather, get_running_loop
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, SupportsFloat, TypeVar

from asgiref.sync import sync_to_async
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.exceptions import SynchronousOnlyOperation

from surecache._absent import ABSENT
from surecache.django import _walking
from surecache.django._made_keys import CacheKey
from surecache.django._wires import wire_of
from surecache.errors import Misuse, Unavailable

if TYPE_CHECKING:
    from surecache._core import Engine

__all__ = ["Twins", "check_moved", "operation_of"]

_T = TypeVar("_T")

_ENDING: Final = ("clear", "delete", "delete_many", "delete_matching")
"""What is tried again in a thread, where it is tried more than once: a value that stays is worse
than a wait.
"""


class Twins(BaseCache):
    """The methods with Django's ``a`` before their names."""

    @property
    def engine(self) -> Engine:
        """The store."""
        raise NotImplementedError

    def _seconds(self, timeout: Any) -> float | None:
        raise NotImplementedError

    def _instead(self, answer: _T, error: Unavailable) -> _T:
        raise NotImplementedError

    def _name(self, key: Any, version: int | None, prefix: str | None) -> str:
        raise NotImplementedError

    async def aget(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """See `get`."""
        engine = self.engine
        if engine.is_local:
            return await self._answer(self.get, key, default, version)
        name = self.make_and_validate_key(key, version)
        try:
            wire = engine.wire(get_running_loop()) or await wire_of(engine)
            return await wire.get(name, default)
        except Unavailable as error:
            return self._instead(default, error)

    async def aset(  # type: ignore[override]  # Django's gives nothing
        self,
        key: Any,
        value: Any,
        timeout: Any = DEFAULT_TIMEOUT,
        version: int | None = None,
        *,
        nx: bool = False,
        xx: bool = False,
    ) -> bool:
        """See `set`."""
        storing: Any = self.set
        if nx or xx:  # a subclass may know only what Django's has
            storing = partial(self.set, nx=nx, xx=xx)  # type: ignore[call-arg]
        if self.engine.is_local:
            return bool(await self._answer(storing, key, value, timeout, version))
        asked = (self.make_and_validate_key(key, version), value, self._seconds(timeout))
        call = (storing, key, value, timeout, version)
        return bool(await self._served(False, call, operation_of(nx=nx, xx=xx), *asked))

    async def aadd(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """See `add`."""
        if self.engine.is_local:
            return await self._answer(self.add, key, value, timeout, version)
        asked = (self.make_and_validate_key(key, version), value, self._seconds(timeout))
        call = (self.add, key, value, timeout, version)
        return bool(await self._served(False, call, "add", *asked))

    async def atouch(
        self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """See `touch`."""
        if self.engine.is_local:
            return await self._answer(self.touch, key, timeout, version)
        asked = (self.make_and_validate_key(key, version), self._seconds(timeout))
        call = (self.touch, key, timeout, version)
        return bool(await self._served(False, call, "touch", *asked))

    async def adelete(
        self, key: Any, version: int | None = None, prefix: str | None = None
    ) -> bool:
        """See `delete`."""
        deleting: Any = self.delete
        if prefix is not None:  # a subclass may know only what Django's has
            deleting = partial(self.delete, prefix=prefix)  # type: ignore[call-arg]
        if self.engine.is_local:
            return bool(await self._answer(deleting, key, version))
        name = self._name(key, version, prefix)
        call = (deleting, key, version)
        return bool(await self._served(False, call, "delete", name))

    async def ahas_key(self, key: Any, version: int | None = None) -> bool:
        """See `has_key`."""
        if self.engine.is_local:
            return await self._answer(self.has_key, key, version)
        name = self.make_and_validate_key(key, version)
        call = (self.has_key, key, version)
        return bool(await self._served(False, call, "has_key", name))

    async def aget_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        """See `get_many`."""
        if self.engine.is_local:
            return await self._answer(self.get_many, keys, version)
        names = {self.make_and_validate_key(key, version): key for key in keys}
        call = (self.get_many, keys, version)
        found: dict[str, Any] = await self._served({}, call, "get_many", list(names))
        return {names[name]: value for name, value in found.items()}

    async def aset_many(
        self,
        data: Mapping[Any, Any],
        timeout: Any = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> list[Any]:
        """See `set_many`."""
        if self.engine.is_local:
            return await self._answer(self.set_many, data, timeout, version)
        seconds = self._seconds(timeout)
        if isinstance(seconds, SupportsFloat) and float(seconds) <= 0:
            await self.adelete_many(data, version)
            return []
        names = {self.make_and_validate_key(key, version): key for key in data}
        try:
            wire = self.engine.wire(get_running_loop()) or await wire_of(self.engine)
            # All leave in one write, once all are pickled.
            storing = wire.set_many({name: data[key] for name, key in names.items()}, seconds)
        except Unavailable as error:
            return self._instead(list(data), error)
        except SynchronousOnlyOperation:  # pickling a value has asked the database
            return await self._answer(self.set_many, data, timeout, version)
        ends = await gather(*storing, return_exceptions=True)
        for end in ends:
            if isinstance(end, Unavailable):
                return self._instead(list(data), end)
            if isinstance(end, BaseException):
                raise end
        stored = zip(names.values(), ends, strict=True)
        return [key for key, is_stored in stored if not is_stored]

    async def adelete_many(self, keys: Iterable[Any], version: int | None = None) -> None:
        """See `delete_many`."""
        if self.engine.is_local:
            return await self._answer(self.delete_many, keys, version)
        keys = list(keys)
        names = [self.make_and_validate_key(key, version) for key in keys]
        call = (self.delete_many, keys, version)
        await self._served(None, call, "delete_many", names)
        return None

    async def aget_or_set(
        self,
        key: Any,
        default: Any | Callable[[], Any],
        timeout: Any = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> Any:
        """See `get_or_set`. A default that is a coroutine function is awaited in this task; another
        one is called in the thread of Django's database calls.
        """
        name = self.make_and_validate_key(key, version)
        walk = self.engine.walk(name, self._seconds(timeout))
        if walk is None:
            value = await self.aget(key, ABSENT, version)
            return await _walking.called(default) if value is ABSENT else value
        return await _walking.compute(self.engine, walk, default)

    async def aincr(
        self,
        key: Any,
        delta: int = 1,
        version: int | None = None,
        *,
        ignore_key_check: bool = False,
    ) -> int:
        """See `incr`."""
        counting: Any = self.incr
        if ignore_key_check:  # a subclass may know only what Django's has
            counting = partial(self.incr, ignore_key_check=True)  # type: ignore[call-arg]
        if self.engine.is_local:
            return int(await self._answer(counting, key, delta, version))
        name = self.make_and_validate_key(key, version)
        call = (counting, key, delta, version)
        start = 0 if ignore_key_check else None
        number = await self._served(None, call, "incr", name, delta, start)
        if number is None and not ignore_key_check:
            raise ValueError(f"Key '{key}' not found")
        return delta if number is None else int(number)

    async def adecr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """See `decr`."""
        return await self.aincr(key, -delta, version)

    async def aincr_version(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """See `incr_version`."""
        if self.engine.is_local:
            return await self._answer(self.incr_version, key, delta, version)
        names, moved_to = self._versions(key, delta, version)
        call = (self.engine.rename, *names)
        check_moved(await self._served(None, call, "rename", *names), key)
        return moved_to

    def _versions(self, key: Any, delta: int, version: int | None) -> tuple[tuple[str, str], int]:
        """The names of a key at a version and at the one that it is moved to, and the latter."""
        version = self.version if version is None else version
        moved_to = version + delta
        other = key.original_key() if isinstance(key, CacheKey) else key
        names = (
            self.make_and_validate_key(key, version),
            self.make_and_validate_key(other, moved_to),
        )
        return names, moved_to

    async def adecr_version(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """See `decr_version`."""
        return await self.aincr_version(key, -delta, version)

    async def aclear(self) -> None:
        """See `clear`."""
        if self.engine.is_local:
            return await self._answer(self.clear)
        await self._served(None, (self.clear,), "clear")
        return None

    async def _served(
        self, instead: _T, call: tuple[Any, ...], operation: str, *asked: Any
    ) -> _T | Any:
        """What the server answers; the synchronous call stands in where it cannot be asked here."""
        engine = self.engine
        try:
            wire = engine.wire(get_running_loop()) or await wire_of(engine)
            return await getattr(wire, operation)(*asked)
        except SynchronousOnlyOperation:
            pass  # pickling the value has asked the database
        except Unavailable as error:
            if operation not in _ENDING:
                return self._instead(instead, error)
        return await sync_to_async(call[0], thread_sensitive=True)(*call[1:])

    async def _answer(self, call: Callable[..., _T], *arguments: Any) -> _T:
        if self.engine.is_local:
            try:
                return call(*arguments)
            except SynchronousOnlyOperation:
                pass  # pickling the value, before anything is stored, has asked the database
        return await sync_to_async(call, thread_sensitive=True)(*arguments)


def check_moved(is_moved: bool | None, key: Any) -> None:
    """Raises Django's `ValueError` where a value was not moved to another version."""
    if is_moved is None:
        raise ValueError(f"Key '{key}' not found")
    if not is_moved:
        raise ValueError(f"Key '{key}' was not moved: the store did not take it")


def operation_of(*, nx: bool, xx: bool) -> str:
    """The engine's operation that is a `set`.

    Raises:
        Misuse: Both are wanted.
    """
    if nx and xx:
        raise Misuse("set: wanted nx or xx, found: both")
    return "add" if nx else "replace" if xx else "set"
