"""LOCATION and OPTIONS of servers: taken as they are, or refused without what is secret in them."""

import traceback

import pytest
from surecache.errors import Misuse, Unavailable

from tests.redis.watching import clients

PASSWORD = "geheim"


def refusal(cache):
    """What a cache says at its first use; the password is in no part of it."""
    with pytest.raises(Misuse) as caught:
        cache.get("key")
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


@pytest.mark.parametrize(
    ("scheme", "rest", "wanted"),
    [
        ("redis", "", "a host"),
        ("redis", ":6379", "a host"),
        ("redis", "cache:", "a port"),
        ("redis", "cache:0x1", "a port"),
        ("redis", "cache:70000", "a port"),
        ("redis", "cache:-1", "a port"),
        ("redis", "cache/one", "the number of a database"),
        ("redis", "cache/1/2", "the number of a database"),
        ("redis", "cache/-1", "the number of a database"),
        ("redis", "cache?x=1", "options in the settings"),
        ("redis", "[::1", "a ]"),
        ("unix", "relative/socket", "an absolute path"),
        ("unix", "/socket?db=", "?db= and a number"),
        ("unix", "/socket?db=one", "?db= and a number"),
        ("unix", "/socket?x=1", "?db= and a number"),
        ("redis+nothing", "cache", ""),
        ("http", "cache", ""),
    ],
)
@pytest.mark.parametrize("credentials", ["", f"user:{PASSWORD}@", f":{PASSWORD}@"])
def test_a_location_that_is_none_says_what_was_wanted(at, scheme, credentials, rest, wanted):
    assert f"wanted {wanted}" in refusal(at(f"{scheme}://{credentials}{rest}"))


@pytest.mark.parametrize(
    "location",
    [
        f"redis://{PASSWORD}@cache",
        f"redis://user:{PASSWORD}%4@cache",
        f"redis://user:{PASSWORD}%zz@cache",
        f"redis://user:{PASSWORD}%ff@cache",
        f"redis://user:{PASSWORD}/@cache:port",
        f"redis://user:@{PASSWORD}@cache:port",
        f"redis:/user:{PASSWORD}@cache",
        f"user:{PASSWORD}@cache",
    ],
)
def test_credentials_that_are_none_are_not_repeated(at, location):
    assert "wanted" in refusal(at(location))


@pytest.mark.parametrize("location", ["redis://:geheim@cache", "unix://:geheim@/socket?db=1"])
def test_the_size_of_a_map_is_none_of_a_server_s(at, location):
    text = refusal(at(location, map_bytes=1 << 30))
    assert "map_bytes" in text
    assert "maxmemory" in text


@pytest.mark.parametrize("option", ["timeout", "connect_timeout", "max_connections"])
@pytest.mark.parametrize("scheme", ["embedded", "memory"])
def test_what_only_servers_have_is_refused_elsewhere(at, tmp_path, scheme, option):
    location = f"embedded://{tmp_path}/store" if scheme == "embedded" else "memory://locations"
    text = refusal(at(location, **{option: 1}))
    assert option in text
    assert location in text


@pytest.mark.timeout(10)
@pytest.mark.parametrize("option", ["timeout", "connect_timeout"])
def test_a_server_that_hangs_costs_what_the_settings_say(at, redis_server, call, option):
    """Each time-out by itself: the other one would let the test run into its limit."""
    others = {"timeout": 60, "connect_timeout": 60, option: 0.05}
    cache = at(redis_server.location, **others)
    if option == "timeout":
        call(cache, "set", "key", "value")
    redis_server.pause()
    with pytest.raises(Unavailable):
        call(cache, "get", "key")


def test_no_more_connections_than_the_settings_say(at, redis_server):
    from concurrent.futures import ThreadPoolExecutor

    cache = at(redis_server.location, max_connections=3, timeout=5)
    items = {f"key:{number}": number for number in range(200)}
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(cache.set, items, items.values()))
        assert list(pool.map(cache.get, items)) == list(items.values())
    assert 1 <= len(clients(redis_server)) <= 3
