"""Hashes: values by field.

Fields are what can be hashed and the safe codec takes, told apart as the codec does. Values are
whatever plain keys take; ``None`` is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from surecache.django._operations import Asked, Operations, operation, twin
from surecache.errors import Misuse

__all__ = ["Hashes"]


class Hashes(Operations):
    """The methods of a cache that are about hashes. A key without a hash is an empty one.

    Raises:
        WrongKind: The key holds something else.
        ValueNotSupported: A field is of a type that the safe codec does not take.
    """

    @operation
    def hset(
        self,
        key: Any,
        field: Any = None,
        value: Any = None,
        mapping: Mapping[Any, Any] | None = None,
        version: int | None = None,
    ) -> Asked[int]:
        """Gives a field its value, and those of a mapping theirs; how many fields are new.

        Raises:
            Misuse: There is neither a field nor a mapping.
        """
        items = dict(mapping or {})
        if field is not None:
            items[field] = value
        if not items:
            raise Misuse("hset: wanted a field or a mapping, found: none")
        return Asked(0, "hset", ((key, version),), (items,))

    @operation
    def hget(
        self, key: Any, field: Any, default: Any = None, version: int | None = None
    ) -> Asked[Any]:
        """The value of a field, or the default."""
        return Asked(default, "hget", ((key, version),), (field, default))

    @operation
    def hmget(
        self, key: Any, fields: Iterable[Any], version: int | None = None
    ) -> Asked[list[Any]]:
        """The values of fields, in their order; None where there is none."""
        fields = tuple(fields)
        return Asked([None] * len(fields), "hmget", ((key, version),), fields)

    @operation
    def hgetall(self, key: Any, version: int | None = None) -> Asked[dict[Any, Any]]:
        """All values by their fields."""
        return Asked({}, "hgetall", ((key, version),))

    @operation
    def hvals(self, key: Any, version: int | None = None) -> Asked[list[Any]]:
        """All values."""
        return Asked([], "hvals", ((key, version),))

    @operation
    def hdel(self, key: Any, field: Any, version: int | None = None) -> Asked[int]:
        """Takes a field away; 1 where there was one."""
        return Asked(0, "hdel", ((key, version),), (field,))

    @operation
    def hlen(self, key: Any, version: int | None = None) -> Asked[int]:
        """How many fields there are."""
        return Asked(0, "hlen", ((key, version),))

    @operation
    def hkeys(self, key: Any, version: int | None = None) -> Asked[list[Any]]:
        """All fields."""
        return Asked([], "hkeys", ((key, version),))

    @operation
    def hexists(self, key: Any, field: Any, version: int | None = None) -> Asked[bool]:
        """Whether there is this field."""
        return Asked(False, "hexists", ((key, version),), (field,))

    ahset = twin(hset)
    ahget = twin(hget)
    ahmget = twin(hmget)
    ahgetall = twin(hgetall)
    ahvals = twin(hvals)
    ahdel = twin(hdel)
    ahlen = twin(hlen)
    ahkeys = twin(hkeys)
    ahexists = twin(hexists)
