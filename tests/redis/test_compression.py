"""Compressed values: smaller on the server, read by every process, whatever it would do itself."""

import random

import pytest
from django.core.cache import caches
from surecache.django import SureCache

COMPRESSORS = ("gzip", "lz4", "lzma", "zlib", "zstd")
ROWS = [{"id": number, "name": f"the name of row {number}"} for number in range(500)]


def lengths(server):
    """How long the entries on the server are, by their keys."""
    script = """
    local found = {}
    for _, key in ipairs(redis.call('KEYS', '*')) do
        if redis.call('TYPE', key).ok == 'string' then
            found[#found + 1] = key .. ' ' .. redis.call('STRLEN', key)
        end
    end
    return table.concat(found, '\\n')
    """
    told = server.ask("EVAL", script, "0").split(b"\r\n", 1)[1].decode(errors="replace")
    return {key: int(length) for key, length in (row.rsplit(" ", 1) for row in told.split("\n"))}


def length(server, part):
    (found,) = [length for key, length in lengths(server).items() if part in key]
    return found


def counting(answer):
    """A loader, and the keys that it was called with."""
    loads = []

    def load(**key):
        loads.append(key["id"])
        return answer

    return load, loads


@pytest.mark.parametrize("name", COMPRESSORS)
def test_values_and_answers_take_less_room_and_come_back(at, redis_server, call, declare, name):
    cache = at(redis_server.location)
    cache.set("plain", ROWS)
    as_it_is = length(redis_server, ":plain")
    cache = at(redis_server.location, compressor=name)
    region = declare()
    call(cache, "set", "plain", ROWS)
    call(cache, "set_many", {"many": ROWS})
    call(cache, "add", "added", ROWS)
    load, loads = counting(ROWS)
    call(region, "get_or_load", load, id=1)
    for part in (f"{cache.key_prefix}:1:plain", ":many", ":added", region.name):
        assert length(redis_server, part) < as_it_is / 2, part
    assert call(cache, "get", "plain") == ROWS
    assert call(cache, "get_many", ["many", "added"]) == {"many": ROWS, "added": ROWS}
    assert call(region, "get_or_load", load, id=1) == ROWS
    assert loads == [1]
    assert call(cache, "touch", "plain", 100)
    assert call(cache, "get", "plain") == ROWS
    assert length(redis_server, f"{cache.key_prefix}:1:plain") < as_it_is / 2


def test_the_setting_is_changed_without_a_cold_cache(settings, redis_server):
    """One alias for each setting, at the same server, each reading what the others wrote."""
    store = {
        "BACKEND": "surecache.django.SureCache",
        "LOCATION": redis_server.location,
        "KEY_PREFIX": "shared",
    }
    written = {name: {**store, "OPTIONS": {"compressor": name}} for name in COMPRESSORS}
    settings.CACHES = {"default": store, **written}
    for alias in settings.CACHES:
        caches[alias].set(alias, ROWS)
    for alias in settings.CACHES:
        assert caches[alias].get_many(list(settings.CACHES)) == dict.fromkeys(settings.CACHES, ROWS)
    assert caches["default"].engine.own_statistics()["(plain keys)"]["refusals"] == {}


def test_small_values_numbers_and_noise_stay_as_they_are(at, redis_server):
    cache = at(redis_server.location)
    values = {
        "small": "x" * 900,
        "noise": random.Random(1).randbytes(5000),
        "number": 10**18,
    }
    cache.set_many(values)
    as_they_are = {key: length(redis_server, f":{key}") for key in values}
    redis_server.ask("FLUSHALL")
    cache = at(redis_server.location, compressor="zstd", compress_above=1024)
    cache.set_many(values)
    assert cache.incr("number") == 10**18 + 1
    prefix_differs = len(cache.key_prefix)
    for key in values:
        found = length(redis_server, f":{key}")
        assert abs(found - as_they_are[key]) <= prefix_differs, key
    assert cache.get_many(values) == {**values, "number": 10**18 + 1}
    cache = at(redis_server.location, compressor="zstd", compress_above=100)
    cache.set("smaller", "x" * 900)
    assert length(redis_server, ":smaller") < as_they_are["small"] / 3


@pytest.mark.parametrize("place", ["memory://compressed", "embedded"])
def test_the_other_stores_compress_too(tmp_path, place):
    """Seen by the room: as it is, not one of the values would fit the store."""
    location = f"embedded://{tmp_path}/store" if place == "embedded" else place
    value = bytes(40_000_000)
    options = {"map_bytes": 16 << 20}
    cache = SureCache(location, {"KEY_PREFIX": place, "OPTIONS": options})
    assert not cache.set("key", value)
    options["compressor"] = "zstd"
    cache = SureCache(location, {"KEY_PREFIX": place, "OPTIONS": options})
    assert cache.set("key", value)
    assert cache.get("key") == value
