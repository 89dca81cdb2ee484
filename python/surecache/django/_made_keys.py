"""Keys that are made already."""

from __future__ import annotations

__all__ = ["CacheKey"]


class CacheKey(str):
    """A name or a pattern that ``cache.client`` has made: where a key or a pattern is wanted it is
    taken as it is, and not made again, as django-redis does with its own.
    """

    __slots__ = ()

    def original_key(self) -> str:
        """What it was made of, where that has no colon."""
        return self.rpartition(":")[2]
