"""Values for which a store has no room."""

import pytest
from django.core.cache import caches

VALUE = "x" * (10 << 20)
SURE = {"BACKEND": "surecache.django.SureCache", "KEY_PREFIX": "room"}


def moves_nothing(door, cache):
    """A value stays where it is, with its timeout, and nothing is at the other version."""
    with pytest.raises(ValueError, match=r"^Key 'key' was not moved: the store did not take it$"):
        door.call(cache, "incr_version", "key")
    with pytest.raises(ValueError, match="was not moved"):
        door.call(cache, "decr_version", "key")
    assert cache.get("key") == VALUE
    assert 0 < cache.ttl("key") <= 100
    assert cache.get("key", version=2) is None
    assert cache.get("key", version=0) is None


def test_a_move_without_room_on_a_server_moves_nothing(door, server):
    cache = caches["redis"]
    cache.clear()
    cache.set("key", VALUE, timeout=100)
    server.ask("CONFIG", "SET", "maxmemory", "1", "maxmemory-policy", "noeviction")
    try:
        moves_nothing(door, cache)
    finally:
        server.ask("CONFIG", "SET", "maxmemory", "0", "maxmemory-policy", "noeviction")
    assert door.call(cache, "incr_version", "key") == 2
    assert cache.get("key", version=2) == VALUE


def test_a_move_without_room_on_this_machine_moves_nothing(door, settings, tmp_path):
    """There is room for the value as the other alias compresses it, and not as it is."""
    store = {**SURE, "LOCATION": f"embedded://{tmp_path}/store"}
    settings.CACHES = {
        "default": {**store, "OPTIONS": {"map_bytes": 16 << 20}},
        "compressing": {**store, "OPTIONS": {"map_bytes": 16 << 20, "compressor": "zlib"}},
    }
    assert caches["compressing"].set("key", VALUE, timeout=100)
    moves_nothing(door, caches["default"])
    assert door.call(caches["compressing"], "incr_version", "key") == 2
    assert caches["default"].get("key", version=2) == VALUE
