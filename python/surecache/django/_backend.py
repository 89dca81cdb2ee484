"""Django's cache backend: the whole contract of plain keys, on a surecache engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.cache.backends.base import (
    DEFAULT_TIMEOUT,
    BaseCache,
    get_key_func,
)

from surecache._core import CacheBase
from surecache.django import _wire_forms, conf
from surecache.django._clients import Client
from surecache.django._engines import open_engine
from surecache.django._expiries import Expiries
from surecache.django._hashes import Hashes
from surecache.django._keys import Keys
from surecache.django._lists import Lists
from surecache.django._locks import Locks
from surecache.django._made_keys import CacheKey
from surecache.django._sets import Sets
from surecache.django._sorted_sets import SortedSets
from surecache.django._twins import check_moved, operation_of
from surecache.errors import Unavailable

if TYPE_CHECKING:
    from typing_extensions import Self

    from surecache._core import Engine

__all__ = ["SureCache"]

_T = TypeVar("_T")


class SureCache(CacheBase, Keys, Expiries, Sets, Hashes, SortedSets, Lists, Locks):
    """The cache that is hard to get wrong, behind Django's cache API.

    ``None``, ``0``, ``""`` and ``[]`` are values. What is no text, bytes or integer is pickled; all
    is sealed, and bytes that this application did not seal are never unpickled. `get_or_set` loads
    once over all threads and processes. `incr`, `decr`, `add` and `touch` are atomic. `clear` takes
    every version of this namespace (KEY_PREFIX) and nothing else.

    Raises:
        Misuse: A setting is unknown or makes no sense.
        Unavailable: The store could not be opened or asked.
    """

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        self._declared = (location, params)
        self.settings = conf.read(location, params)
        super().__init__(params)
        self.default_timeout = params.get("TIMEOUT", 300)
        reverse = params.get("REVERSE_KEY_FUNCTION")
        self.reverse_key_func = None if reverse is None else get_key_func(reverse)
        own = type(self)
        self.names_as_django = (
            own.make_key is BaseCache.make_key
            and own.validate_key is BaseCache.validate_key
            and own.make_and_validate_key is SureCache.make_and_validate_key
            and own.key_prefix is CacheBase.key_prefix
            and own.version is CacheBase.version
            and own.key_func is CacheBase.key_func
        )

    def __copy__(self) -> Self:
        other = type(self)(*self._declared)
        vars(other).update(vars(self))
        vars(other).pop("client", None)  # of this one
        for name in ("key_prefix", "version", "key_func"):  # are held by the base
            setattr(other, name, getattr(self, name))
        return other

    def _open(self) -> Engine:
        return open_engine(self.settings)

    @cached_property
    def client(self) -> Client:
        """For code that reaches for django-redis' client."""
        return Client(self)

    def make_and_validate_key(self, key: Any, version: int | None = None) -> str:
        """The name of a key in the store; Django's warning for one that not every cache takes."""
        name = self._plain_name(key, version)
        if name is not None:
            return name
        is_made = isinstance(key, CacheKey)
        name = str(key) if is_made else super().make_and_validate_key(key, version)
        if self.settings.wire is not None:
            version = self.version if version is None else version
            _wire_forms.check_name(name, self.settings.namespace, version)
        return name

    def _name(self, key: Any, version: int | None, prefix: str | None) -> str:
        """The name of a key, made with another prefix where one is given."""
        if prefix is None or isinstance(key, CacheKey):
            return self.make_and_validate_key(key, version)
        self._check_prefix(prefix)
        name = self.client.make_key(key, version, prefix)
        self.validate_key(name)
        if self.settings.wire is not None:
            version = self.version if version is None else version
            _wire_forms.check_name(name, self.settings.namespace, version)
        return name

    def set(  # type: ignore[override]  # Django's gives nothing
        self,
        key: Any,
        value: Any,
        timeout: Any = DEFAULT_TIMEOUT,
        version: int | None = None,
        *,
        nx: bool = False,
        xx: bool = False,
    ) -> bool:
        """Stores a value, and voids a load of the key that is running; whether it did.

        Args:
            key: The key.
            value: What is stored.
            timeout: In seconds; None is never, and one that is not above zero deletes.
            version: Of the key.
            nx: Only where there is no value.
            xx: Only where there is one, which stays where there is no room for the new one.

        Raises:
            Misuse: Both nx and xx are wanted.
        """
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        try:
            if not (nx or xx):
                return self._set(key, value, seconds, version)
            store = getattr(self.engine, operation_of(nx=nx, xx=xx))
            return bool(store(self.make_and_validate_key(key, version), value, seconds))
        except Unavailable as error:
            return self._instead(False, error)

    def add(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Stores a value where there is none; whether it did."""
        name = self.make_and_validate_key(key, version)
        try:
            return self.engine.add(name, value, self._seconds(timeout))
        except Unavailable as error:
            return self._instead(False, error)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Gives a value another timeout; whether there was one. Zero or less deletes it."""
        name = self.make_and_validate_key(key, version)
        try:
            return self.engine.touch(name, self._seconds(timeout))
        except Unavailable as error:
            return self._instead(False, error)

    def delete(self, key: Any, version: int | None = None, prefix: str | None = None) -> bool:
        """Deletes a value, and voids a load of the key that is running; whether there was one.

        Args:
            key: The key.
            version: Of the key.
            prefix: What a KEY_FUNCTION makes the name with, in place of KEY_PREFIX.
        """
        name = self._name(key, version, prefix)
        try:
            return self.engine.delete(name)
        except Unavailable as error:
            return self._instead(False, error)

    def has_key(self, key: Any, version: int | None = None) -> bool:
        """Whether there is a value."""
        name = self.make_and_validate_key(key, version)
        try:
            return self.engine.has_key(name)
        except Unavailable as error:
            return self._instead(False, error)

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        """The values found, by key; one question for all of them."""
        return self._get_many(keys, version)

    def set_many(
        self,
        data: Mapping[Any, Any],
        timeout: Any = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> list[Any]:
        """Stores values; the keys of those for which there was no room."""
        names = {self.make_and_validate_key(key, version): key for key in data}
        items = {name: data[key] for name, key in names.items()}
        try:
            failed = self.engine.set_many(items, self._seconds(timeout))
        except Unavailable as error:
            return self._instead(list(data), error)
        return [names[name] for name in failed]

    def delete_many(self, keys: Iterable[Any], version: int | None = None) -> None:
        """Deletes values, and voids loads of the keys that are running."""
        names = [self.make_and_validate_key(key, version) for key in keys]
        try:
            self.engine.delete_many(names)
        except Unavailable as error:
            self._instead(None, error)

    def get_or_set(
        self,
        key: Any,
        default: Any | Callable[[], Any],
        timeout: Any = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> Any:
        """The value under a key; where there is none, the default, which is stored.

        A callable default is called once for all threads and processes that ask at once; the others
        wait for it. A `delete` or `set` of the key that overlaps the call wins over it.
        """
        name = self.make_and_validate_key(key, version)
        loader = default if callable(default) else lambda: default
        return self.engine.get_or_set(name, loader, self._seconds(timeout))

    def incr(
        self,
        key: Any,
        delta: int = 1,
        version: int | None = None,
        *,
        ignore_key_check: bool = False,
    ) -> int:
        """Adds to an integer, keeping its timeout; the sum.

        Args:
            key: The key.
            delta: What is added.
            version: Of the key.
            ignore_key_check: Where there is no value, delta is stored, without an end.

        Raises:
            ValueError: There is no value.
            TypeError: The value is no integer of 64 bits.
            OverflowError: The sum is none; nothing was changed.
        """
        name = self.make_and_validate_key(key, version)
        try:
            return self.engine.incr(name, delta, 0 if ignore_key_check else None)
        except Unavailable as error:
            self._instead(None, error)
            if ignore_key_check:  # as where there is nothing
                return delta
            raise ValueError(f"Key '{key}' not found") from error

    def incr_version(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Moves a value to another version, keeping its timeout; that version.

        What others store meanwhile, under either version, is not lost: what is newer than what was
        moved is moved too. Of two who do it at once both may be told that it is done.

        Raises:
            ValueError: There is no value, or the store has no room for it.
        """
        names, moved_to = self._versions(key, delta, version)
        try:
            is_moved = self.engine.rename(*names)
        except Unavailable as error:
            is_moved = self._instead(None, error)
        check_moved(is_moved, key)
        return moved_to

    def clear(self) -> None:
        """Takes every value, of every version, and every answer of regions in this namespace.

        A `get_or_set` that is loading meanwhile stores its value afterwards.
        """
        try:
            self.engine.clear()
        except Unavailable as error:
            self._instead(None, error)

    def _instead(self, answer: _T, error: Unavailable) -> _T:
        """What is given while the store is down, where OPTIONS['IGNORE_EXCEPTIONS'] says so."""
        if self.settings.ignores_exceptions:
            return answer
        raise error

    def _seconds(self, timeout: Any) -> float | None:
        return self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
