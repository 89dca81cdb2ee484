"""The keys that a cache has, by pattern: listed, or deleted with what is being loaded under them.

A pattern is one of Redis: ``*``, ``?``, ``[a-z]``, ``[^a]``, a backslash before what means itself.
A walk goes through the store page by page; other calls come in between. Keys that have a value all
through a walk are met, whatever others write; names alone are looked at, so a value that `get`
would refuse has its key listed.
"""

from __future__ import annotations

from asyncio import sleep
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, Final, TypeAlias

from django.core.cache.backends.base import default_key_func

from surecache._core import escape_glob
from surecache.django._made_keys import CacheKey
from surecache.django._twins import Twins
from surecache.errors import Misuse, Unavailable

__all__ = ["Keys"]

_Page: TypeAlias = tuple[list[str], bytes | None]

_ITEMS: Final = 1000
"""How many places of the store a page takes where nobody says: a server is done with so many in
less than a millisecond.
"""


class Keys(Twins):
    """The methods of a cache that go through its keys, and their twins."""

    reverse_key_func: Any
    """Makes a key of its name in the store: REVERSE_KEY_FUNCTION, or None."""

    def keys(self, search: str = "*", version: int | None = None) -> list[Any]:
        """The keys that match and have a value, in any order."""
        return list(self.iter_keys(search, version=version))

    def iter_keys(
        self, search: str = "*", itersize: int | None = None, version: int | None = None
    ) -> Iterator[Any]:
        """As `keys`, as they are found; each once.

        Args:
            search: The pattern.
            itersize: About how many places of the store to look at in one step.
            version: Of the keys.
        """
        return self._found(self.make_pattern(search, version), _count(itersize))

    def delete_pattern(
        self,
        pattern: str,
        version: int | None = None,
        prefix: str | None = None,
        itersize: int | None = None,
    ) -> int:
        """Deletes the values under the keys that match; how many there were.

        A `get_or_set` of such a key that was running when this began stores nothing, and nobody who
        comes after the end is given its value.

        Args:
            pattern: The pattern.
            version: Of the keys.
            prefix: What a KEY_FUNCTION makes names with, in place of KEY_PREFIX. No pattern leads
                out of the cache's own namespace.
            itersize: About how many places of the store to look at in one step.
        """
        self._check_prefix(prefix)
        matched, count = self.make_pattern(pattern, version, prefix), _count(itersize)
        cursor: bytes | None = b""
        deleted = 0
        while cursor is not None:
            some, cursor = self._deleted_page(matched, cursor, count)
            deleted += some
        return deleted

    async def akeys(self, search: str = "*", version: int | None = None) -> list[Any]:
        """See `keys`."""
        return [key async for key in self.aiter_keys(search, version=version)]

    async def aiter_keys(
        self, search: str = "*", itersize: int | None = None, version: int | None = None
    ) -> AsyncIterator[Any]:
        """See `iter_keys`."""
        pattern, count = self.make_pattern(search, version), _count(itersize)
        seen: set[str] = set()
        cursor: bytes | None = b""
        while cursor is not None:
            asked = (pattern, cursor, count)
            if self.engine.is_local:
                await sleep(0)  # a page is short, a walk is not
                names, cursor = self._page(*asked)
            else:
                names, cursor = await self._served(([], None), (self._page, *asked), "keys", *asked)
            for name in _fresh(names, seen):
                yield self.reverse_key(name)

    async def adelete_pattern(
        self,
        pattern: str,
        version: int | None = None,
        prefix: str | None = None,
        itersize: int | None = None,
    ) -> int:
        """See `delete_pattern`."""
        self._check_prefix(prefix)
        matched, count = self.make_pattern(pattern, version, prefix), _count(itersize)
        cursor: bytes | None = b""
        deleted = 0
        while cursor is not None:
            asked = (matched, cursor, count)
            if self.engine.is_local:
                await sleep(0)
                some, cursor = self._deleted_page(*asked)
            else:
                call = (self._deleted_page, *asked)
                some, cursor = await self._served((0, None), call, "delete_matching", *asked)
            deleted += some
        return deleted

    def make_pattern(
        self, pattern: str, version: int | None = None, prefix: str | None = None
    ) -> str:
        """The pattern of names in the store: prefix and version mean themselves."""
        if isinstance(pattern, CacheKey):
            return str(pattern)
        prefix = self.key_prefix if prefix is None else prefix
        found: Any = self.version if version is None else version
        if type(found) is not int:
            found = escape_glob(str(found))
        return str(self.key_func(pattern, escape_glob(prefix), found))

    def _check_prefix(self, prefix: str | None) -> None:
        """Refuses one that leads to keys which are not of this cache: nothing would be there."""
        if prefix not in (None, self.key_prefix) and self.key_func is default_key_func:
            raise Misuse(
                f"prefix: wanted {self.key_prefix!r}, the KEY_PREFIX of this cache, found:"
                f" {prefix!r}\nhint: an alias with that KEY_PREFIX has those keys"
            )

    def reverse_key(self, name: str) -> Any:
        """The key of a name in the store.

        Raises:
            Misuse: A KEY_FUNCTION made the name, and no REVERSE_KEY_FUNCTION is there.
        """
        if self.reverse_key_func is not None:
            return self.reverse_key_func(name)
        start = f"{self.key_prefix}:"
        _, colon, key = name.removeprefix(start).partition(":")
        if not name.startswith(start) or not colon:
            raise Misuse(
                "wanted a name as Django's key function makes it, found: another"
                "\nhint: set REVERSE_KEY_FUNCTION beside KEY_FUNCTION"
            )
        return key

    def _found(self, pattern: str, count: int) -> Iterator[Any]:
        seen: set[str] = set()
        cursor: bytes | None = b""
        while cursor is not None:
            names, cursor = self._page(pattern, cursor, count)
            for name in _fresh(names, seen):
                yield self.reverse_key(name)

    def _page(self, pattern: str, cursor: bytes, count: int) -> _Page:
        try:
            return self.engine.keys(pattern, cursor, count)
        except Unavailable as error:
            return self._instead(([], None), error)

    def _deleted_page(self, pattern: str, cursor: bytes, count: int) -> tuple[int, bytes | None]:
        try:
            return self.engine.delete_matching(pattern, cursor, count)
        except Unavailable as error:
            return self._instead((0, None), error)


def _fresh(names: Iterable[str], seen: set[str]) -> Iterator[str]:
    """Those that no page had yet."""
    for name in names:
        if name not in seen:
            seen.add(name)
            yield name


def _count(itersize: int | None) -> int:
    if itersize is None:
        return _ITEMS
    if type(itersize) is not int or not 0 < itersize <= _MOST_ITEMS:
        raise Misuse(f"itersize: wanted an int from 1 to {_MOST_ITEMS}, found: {itersize!r}")
    return itersize


_MOST_ITEMS: Final = 1_000_000
"""A step keeps the server, and everybody who waits for it, for so long."""
