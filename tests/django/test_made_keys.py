"""Keys and patterns that ``cache.client`` has made, given back to a cache: as django-redis does."""

import pytest
from django.conf import settings
from django_redis.cache import RedisCache
from surecache.django import SureCache


@pytest.fixture
def theirs(server):
    """The installed django-redis, in a database of its own."""
    cache = RedisCache(f"unix://{server.socket}?db=6", {"KEY_PREFIX": "made"})
    cache.clear()
    yield cache
    cache.client.do_close_clients()


@pytest.fixture
def ours(alias):
    cache = SureCache(settings.CACHES[alias]["LOCATION"], {"KEY_PREFIX": "made"})
    cache.clear()
    return cache


def play(cache, call):
    client = cache.client
    key, other = client.make_key("key"), client.make_key("key", version=3)
    call(cache, "set", key, 1)
    call(cache, "set", other, "three")
    seen = [
        key,
        key.original_key(),
        client.make_key(key, version=9),
        call(cache, "get", "key"),
        call(cache, "get", key),
        call(cache, "get", key, version=3),
        call(cache, "get", "key", version=3),
        call(cache, "get_many", [key, "other"]),
        call(cache, "has_key", key),
        call(cache, "incr", key),
        call(cache, "touch", key),
        call(cache, "ttl", other) is not None,
        client.get(key),
        call(cache, "incr_version", key),
        call(cache, "get", "key", version=2),
        call(cache, "get", key),
    ]
    call(cache, "set_many", {key: 4, "others": 5})
    pattern = client.make_pattern("k*")
    return [
        *seen,
        pattern,
        client.make_pattern(pattern, version=9),
        call(cache, "keys", pattern),
        call(cache, "keys", "k*"),
        call(cache, "delete_pattern", pattern),
        call(cache, "keys", client.make_pattern("*")),
        call(cache, "delete", client.make_key("others")),
        call(cache, "keys", "*"),
    ]


def test_they_mean_what_they_were_made_of(theirs, ours, door):
    def plainly(cache, name, *arguments, **named):
        return getattr(cache, name)(*arguments, **named)

    assert play(ours, door.call) == play(theirs, plainly)
