"""Lists: elements in an order, from left to right.

Elements are what can be hashed and the safe codec takes, told apart as the codec does.
"""

from __future__ import annotations

from typing import Any

from surecache.django._operations import Asked, Operations, operation, twin

__all__ = ["Lists"]


class Lists(Operations):
    """The methods of a cache that are about lists. A key without a list is an empty one.

    An index below zero counts from the right.

    Raises:
        WrongKind: The key holds something else.
        ValueNotSupported: An element is of a type that the safe codec does not take.
    """

    @operation
    def lpush(self, key: Any, *values: Any, version: int | None = None) -> Asked[int]:
        """Adds elements on the left, one after the other; how many there are now."""
        return Asked(0, "lpush", ((key, version),), values)

    @operation
    def rpush(self, key: Any, *values: Any, version: int | None = None) -> Asked[int]:
        """As `lpush`, on the right."""
        return Asked(0, "rpush", ((key, version),), values)

    @operation
    def lpop(self, key: Any, count: int | None = None, version: int | None = None) -> Asked[Any]:
        """Takes the leftmost element away; None where there is none. A list with a count."""
        return Asked(None if count is None else [], "lpop", ((key, version),), (count,))

    @operation
    def rpop(self, key: Any, count: int | None = None, version: int | None = None) -> Asked[Any]:
        """As `lpop`, on the right."""
        return Asked(None if count is None else [], "rpop", ((key, version),), (count,))

    @operation
    def lrange(
        self, key: Any, start: int, end: int, version: int | None = None
    ) -> Asked[list[Any]]:
        """The elements from one index to another, both included."""
        return Asked([], "lrange", ((key, version),), (start, end))

    @operation
    def llen(self, key: Any, version: int | None = None) -> Asked[int]:
        """How many elements there are."""
        return Asked(0, "llen", ((key, version),))

    @operation
    def lindex(self, key: Any, index: int, version: int | None = None) -> Asked[Any]:
        """The element at an index; None where there is none."""
        return Asked(None, "lindex", ((key, version),), (index,))

    @operation
    def lrem(self, key: Any, count: int, value: Any, version: int | None = None) -> Asked[int]:
        """Takes elements equal to one away; how many there were.

        So many from the left, from the right with a count below zero, all with 0.
        """
        return Asked(0, "lrem", ((key, version),), (count, value))

    @operation
    def lset(self, key: Any, index: int, value: Any, version: int | None = None) -> Asked[bool]:
        """Puts another element at an index; True.

        Raises:
            IndexError: There is no element at the index.
        """
        return Asked(False, "lset", ((key, version),), (index, value))

    @operation
    def ltrim(self, key: Any, start: int, end: int, version: int | None = None) -> Asked[bool]:
        """Leaves the elements from one index to another, both included; True."""
        return Asked(False, "ltrim", ((key, version),), (start, end))

    alpush = twin(lpush)
    arpush = twin(rpush)
    alpop = twin(lpop)
    arpop = twin(rpop)
    alrange = twin(lrange)
    allen = twin(llen)
    alindex = twin(lindex)
    alrem = twin(lrem)
    alset = twin(lset)
    altrim = twin(ltrim)
