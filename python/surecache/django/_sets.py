"""Sets: members without an order, each once.

Members are what can be hashed and the safe codec takes. They are told apart as the codec does:
``1``, ``True`` and ``"1"`` are three.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from surecache.django._operations import Asked, Operations, each, operation, twin
from surecache.errors import Misuse

__all__ = ["Sets"]


class Sets(Operations):
    """The methods of a cache that are about sets. A key without a set is an empty one.

    Raises:
        WrongKind: The key holds something else.
        ValueNotSupported: A member is of a type that the safe codec does not take.
    """

    @operation
    def sadd(self, key: Any, *values: Any, version: int | None = None) -> Asked[int]:
        """Adds members; how many are new."""
        return Asked(0, "sadd", ((key, version),), values)

    @operation
    def scard(self, key: Any, version: int | None = None) -> Asked[int]:
        """How many members there are."""
        return Asked(0, "scard", ((key, version),))

    @operation
    def sdiff(self, *keys: Any, version: int | None = None) -> Asked[set[Any]]:
        """What is in the first set and in no other."""
        return Asked(set(), "sdiff", each(keys, version))

    @operation
    def sdiffstore(
        self,
        dest: Any,
        *keys: Any,
        version_dest: int | None = None,
        version_keys: int | None = None,
    ) -> Asked[int]:
        """Puts the difference in the place of whatever ``dest`` holds; how many members it has."""
        return Asked(0, "sdiffstore", _into("sdiffstore", dest, version_dest, keys, version_keys))

    @operation
    def sinter(self, *keys: Any, version: int | None = None) -> Asked[set[Any]]:
        """What is in all sets."""
        return Asked(set(), "sinter", each(keys, version))

    @operation
    def sinterstore(self, dest: Any, *keys: Any, version: int | None = None) -> Asked[int]:
        """Puts what is in all sets in the place of whatever ``dest`` holds; how many these are."""
        return Asked(0, "sinterstore", _into("sinterstore", dest, version, keys, version))

    @operation
    def smismember(self, key: Any, *members: Any, version: int | None = None) -> Asked[list[bool]]:
        """Whether each of these is a member."""
        return Asked([False] * len(members), "smismember", ((key, version),), members)

    @operation
    def sismember(self, key: Any, member: Any, version: int | None = None) -> Asked[bool]:
        """Whether this is a member."""
        return Asked(False, "sismember", ((key, version),), (member,))

    @operation
    def smembers(self, key: Any, version: int | None = None) -> Asked[set[Any]]:
        """All members."""
        return Asked(set(), "smembers", ((key, version),))

    @operation
    def smove(
        self, source: Any, destination: Any, member: Any, version: int | None = None
    ) -> Asked[bool]:
        """Moves a member from one set to another; whether it was in the first."""
        return Asked(False, "smove", each((source, destination), version), (member,))

    @operation
    def spop(self, key: Any, count: int | None = None, version: int | None = None) -> Asked[Any]:
        """Takes a member away, drawn at random; None where there is none. A set with a count."""
        return Asked(None if count is None else set(), "spop", ((key, version),), (count,))

    @operation
    def srandmember(
        self, key: Any, count: int | None = None, version: int | None = None
    ) -> Asked[Any]:
        """A member drawn at random; None where there is none.

        A list with a count: each at most once, or, with one below zero, so many draws.
        """
        return Asked(None if count is None else [], "srandmember", ((key, version),), (count,))

    @operation
    def srem(self, key: Any, *members: Any, version: int | None = None) -> Asked[int]:
        """Takes members away; how many there were."""
        return Asked(0, "srem", ((key, version),), members)

    @operation
    def sscan(
        self,
        key: Any,
        match: str | None = None,
        count: int | None = 10,
        version: int | None = None,
    ) -> Asked[set[Any]]:
        """Some members, about ``count`` where there are more. `sscan_iter` comes to all.

        Raises:
            Misuse: There is a pattern: a server does not see what members are.
        """
        asked = _page("sscan", key, match, 0, count, version)
        return Asked(set(), asked.name, asked.keys, asked.arguments, lambda page: set(page[1]))

    def sscan_iter(
        self,
        key: Any,
        match: str | None = None,
        count: int | None = 10,
        version: int | None = None,
    ) -> Iterator[Any]:
        """All members, a part at a time. What is added or taken away meanwhile may be left out; in
        a set that grows or shrinks a member may come twice.
        """
        cursor, is_over = 0, False
        while not is_over:
            asked = _page("sscan_iter", key, match, cursor, count, version)
            cursor, members = self._collected(asked)
            is_over = cursor == 0
            yield from members

    @operation
    def sunion(self, *keys: Any, version: int | None = None) -> Asked[set[Any]]:
        """What is in any of the sets."""
        return Asked(set(), "sunion", each(keys, version))

    @operation
    def sunionstore(self, destination: Any, *keys: Any, version: int | None = None) -> Asked[int]:
        """Puts what is in any of the sets in the place of whatever ``destination`` holds; how many
        these are.
        """
        return Asked(0, "sunionstore", _into("sunionstore", destination, version, keys, version))

    asadd = twin(sadd)
    ascard = twin(scard)
    asdiff = twin(sdiff)
    asdiffstore = twin(sdiffstore)
    asinter = twin(sinter)
    asinterstore = twin(sinterstore)
    asmismember = twin(smismember)
    asismember = twin(sismember)
    asmembers = twin(smembers)
    asmove = twin(smove)
    aspop = twin(spop)
    asrandmember = twin(srandmember)
    asrem = twin(srem)
    asscan = twin(sscan)
    asunion = twin(sunion)
    asunionstore = twin(sunionstore)

    async def asscan_iter(
        self,
        key: Any,
        match: str | None = None,
        count: int | None = 10,
        version: int | None = None,
    ) -> AsyncIterator[Any]:
        """See `sscan_iter`."""
        cursor, is_over = 0, False
        while not is_over:
            asked = _page("asscan_iter", key, match, cursor, count, version)
            cursor, members = await self._acollected(asked)
            is_over = cursor == 0
            for member in members:
                yield member


def _into(
    name: str, destination: Any, version: int | None, keys: tuple[Any, ...], of_keys: int | None
) -> tuple[tuple[Any, int | None], ...]:
    if not keys:
        raise Misuse(f"{name}: wanted at least one set, found: 0")
    return ((destination, version), *each(keys, of_keys))


def _page(
    name: str, key: Any, match: Any, cursor: int, count: int | None, version: int | None
) -> Asked[tuple[int, list[Any]]]:
    if match:
        raise Misuse(f"{name}: wanted no pattern, since members are sealed, found: {match!r}")
    return Asked((0, []), "sscan", ((key, version),), (cursor, count))
