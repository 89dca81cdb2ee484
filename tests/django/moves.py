"""Values that are moved to another version while others write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.django.database import other_threads

ROUNDS = 60


def moves_beside_writers(call: Callable[..., Any], cache: Any) -> None:
    """A value is moved while another thread stores a newer one, which is there afterwards."""
    with other_threads(1) as pool:
        for number in range(ROUNDS):
            key = f"key-{number}"
            cache.set(key, "old")
            storing = pool.submit(_store_soon, cache, key)
            assert call(cache, "incr_version", key) == 2
            storing.result()
            found = [cache.get(key), cache.get(key, version=2)]
            assert found in (["newer", "old"], [None, "newer"]), number


def _store_soon(cache: Any, key: str) -> None:
    while cache.get(key, version=2) is None:
        pass
    cache.set(key, "newer")
