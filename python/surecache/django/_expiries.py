"""How long values still live: django-redis' additions to the cache contract, and their twins.

The expiry in a value's sealed header is the authority; these calls read it, or seal it anew.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any, SupportsFloat

from django.core.cache.backends.base import DEFAULT_TIMEOUT

from surecache._absent import ABSENT
from surecache.django._twins import Twins
from surecache.errors import Unavailable

__all__ = ["Expiries"]


class Expiries(Twins):
    """The methods of a cache that look at an expiry, or give another one.

    A timeout is in seconds (`pexpire`: milliseconds) or a ``timedelta``; ``None`` is never, and one
    that is not above zero deletes. A moment is a Unix time in seconds (`pexpire_at`: milliseconds)
    or a ``datetime``, a naive one of local time.
    """

    def ttl(self, key: Any, version: int | None = None) -> int | None:
        """The seconds that a value still has, rounded; ``None`` for no end, 0 without a value."""
        left = self._left(key, version)
        return None if left is None else int(left + 0.5)

    def pttl(self, key: Any, version: int | None = None) -> int | None:
        """As `ttl`, in milliseconds."""
        left = self._left(key, version)
        return None if left is None else int(left * 1000)

    def expire(self, key: Any, timeout: Any, version: int | None = None) -> bool:
        """Gives a value another timeout; whether there was one."""
        return self.touch(key, _seconds(timeout, 1), version)

    def pexpire(self, key: Any, timeout: Any, version: int | None = None) -> bool:
        """As `expire`, in milliseconds."""
        return self.touch(key, _seconds(timeout, 1000), version)

    def expire_at(self, key: Any, when: datetime | float, version: int | None = None) -> bool:
        """Gives a value the moment at which it ends; whether there was one."""
        return self.touch(key, _until(when, 1), version)

    def pexpire_at(self, key: Any, when: datetime | float, version: int | None = None) -> bool:
        """As `expire_at`, in milliseconds."""
        return self.touch(key, _until(when, 1000), version)

    def persist(self, key: Any, version: int | None = None) -> bool:
        """Has a value live without end; whether there was one that would have ended."""
        has_end = self._left(key, version) not in (None, 0)
        return has_end and self.touch(key, None, version)

    async def attl(self, key: Any, version: int | None = None) -> int | None:
        """See `ttl`."""
        left = await self._aleft(key, version)
        return None if left is None else int(left + 0.5)

    async def apttl(self, key: Any, version: int | None = None) -> int | None:
        """See `pttl`."""
        left = await self._aleft(key, version)
        return None if left is None else int(left * 1000)

    async def aexpire(self, key: Any, timeout: Any, version: int | None = None) -> bool:
        """See `expire`."""
        return await self.atouch(key, _seconds(timeout, 1), version)

    async def apexpire(self, key: Any, timeout: Any, version: int | None = None) -> bool:
        """See `pexpire`."""
        return await self.atouch(key, _seconds(timeout, 1000), version)

    async def aexpire_at(
        self, key: Any, when: datetime | float, version: int | None = None
    ) -> bool:
        """See `expire_at`."""
        return await self.atouch(key, _until(when, 1), version)

    async def apexpire_at(
        self, key: Any, when: datetime | float, version: int | None = None
    ) -> bool:
        """See `pexpire_at`."""
        return await self.atouch(key, _until(when, 1000), version)

    async def apersist(self, key: Any, version: int | None = None) -> bool:
        """See `persist`."""
        has_end = await self._aleft(key, version) not in (None, 0)
        return has_end and await self.atouch(key, None, version)

    def _left(self, key: Any, version: int | None) -> float | None:
        """The seconds left; 0 without a value."""
        name = self.make_and_validate_key(key, version)
        try:
            left = self.engine.ttl(name, ABSENT)
        except Unavailable as error:
            left = self._instead(ABSENT, error)
        return 0 if left is ABSENT else left

    async def _aleft(self, key: Any, version: int | None) -> float | None:
        if self.engine.is_local:
            return self._left(key, version)
        name = self.make_and_validate_key(key, version)
        call = (self._left, key, version)
        left = await self._served(ABSENT, call, "ttl", name, ABSENT)
        return 0 if left is ABSENT else left


def _seconds(timeout: Any, parts: int) -> Any:
    """A timeout in so many parts of a second, in seconds; what is none is `touch`'s to know."""
    if isinstance(timeout, timedelta):
        return timeout.total_seconds()
    if timeout is None or timeout is DEFAULT_TIMEOUT or parts == 1:
        return timeout
    if not isinstance(timeout, SupportsFloat):
        found = type(timeout).__name__
        raise TypeError(
            f"timeout: wanted milliseconds as int or float, a timedelta or None, found: {found}"
        )
    return float(timeout) / parts


def _until(when: datetime | float, parts: int) -> float:
    """The seconds from now to a moment."""
    moment = when.timestamp() if isinstance(when, datetime) else when / parts
    return moment - time.time()
