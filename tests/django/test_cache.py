"""The drop-in cache beyond Django's own tests of it."""

import pickle
import threading
import time

import pytest
from django.core.cache import CacheKeyWarning, caches
from django.test import override_settings
from django.utils.safestring import SafeString
from surecache.django import ABSENT

from tests.django.database import Gate, other_threads
from tests.django.moves import moves_beside_writers

PLAIN = [None, 0, "", [], False, 2**63 - 1, 2**70, 1.5, {"a": (1, 2)}]
TEXTS = [
    "text",
    "\u20ac \x00",
    "\ud800 alone",
    SafeString("<p>"),
    b"",
    b"\x00\xff",
    bytearray(b"x"),
]


@pytest.mark.parametrize("value", [*PLAIN, *TEXTS], ids=ascii)
def test_what_is_falsy_is_a_value_and_types_are_kept(door, cache, value):
    door.call(cache, "set", "key", value)
    found = door.call(cache, "get", "key", "default")
    assert found == value
    assert type(found) is type(value)
    assert door.call(cache, "has_key", "key")
    assert door.call(cache, "get_or_set", "key", "other") == value
    assert door.call(cache, "add", "key", "other") is False


def test_each_caller_has_a_value_of_its_own(door, cache):
    door.call(cache, "set", "key", {"list": []})
    door.call(cache, "get", "key")["list"].append(1)
    assert door.call(cache, "get", "key") == {"list": []}


def test_many_at_once(door, cache):
    assert door.call(cache, "set_many", {"a": 1, "b": None}) == []
    assert door.call(cache, "get_many", iter(["a", "b", "c"])) == {"a": 1, "b": None}
    assert door.call(cache, "delete_many", []) is None
    assert door.call(cache, "delete_many", iter(["a"])) is None
    assert door.call(cache, "get_many", ["a", "b"]) == {"b": None}


@pytest.mark.parametrize("timeout", [0, -1])
def test_a_timeout_that_is_over_deletes(door, cache, timeout):
    door.call(cache, "set", "key", "old")
    door.call(cache, "set", "key", "new", timeout=timeout)
    assert door.call(cache, "get", "key") is None
    door.call(cache, "set", "key", "old")
    assert door.call(cache, "touch", "key", timeout=timeout) is True
    assert door.call(cache, "has_key", "key") is False
    assert door.call(cache, "touch", "key") is False


def test_get_or_set_with_a_timeout_that_is_over_stores_nothing(door, cache):
    assert door.call(cache, "get_or_set", "key", lambda: 1, timeout=0) == 1
    assert door.call(cache, "has_key", "key") is False


def test_counting(door, cache):
    door.call(cache, "set", "n", 5, timeout=100)
    assert door.call(cache, "incr", "n") == 6
    assert door.call(cache, "decr", "n", 10) == -4
    assert 0 < cache.engine.ttl(cache.make_key("n"), ABSENT) <= 100
    with pytest.raises(ValueError, match="not found"):
        door.call(cache, "incr", "missing")
    door.call(cache, "set", "text", "5")
    with pytest.raises(TypeError):
        door.call(cache, "incr", "text")
    door.call(cache, "set", "n", 2**63 - 1)
    with pytest.raises(OverflowError):
        door.call(cache, "incr", "n")
    assert door.call(cache, "get", "n") == 2**63 - 1


def test_counts_of_many_threads_add_up(cache):
    cache.set("n", 0)
    with other_threads(8) as pool:
        done = [pool.submit(lambda: [cache.incr("n") for _ in range(50)]) for _ in range(8)]
        numbers = sorted(number for each in done for number in each.result())
    assert numbers == list(range(1, 401))


def test_another_version_keeps_the_timeout(door, cache):
    door.call(cache, "set", "key", "value", timeout=100)
    assert door.call(cache, "incr_version", "key") == 2
    assert door.call(cache, "get", "key") is None
    assert door.call(cache, "get", "key", version=2) == "value"
    assert 0 < cache.engine.ttl(cache.make_key("key", 2), ABSENT) <= 100
    assert door.call(cache, "decr_version", "key", version=2) == 1
    with pytest.raises(ValueError, match="not found"):
        door.call(cache, "incr_version", "missing")


def test_what_is_stored_beside_a_move_is_not_lost(door, cache):
    """It is there under one of the two versions, whoever is first."""
    moves_beside_writers(door.call, cache)


def test_clear_takes_all_versions_of_its_namespace_and_nothing_else(door, cache, alias, settings):
    other = {**settings.CACHES[alias], "KEY_PREFIX": "other"}
    with override_settings(CACHES={**settings.CACHES, "other": other}):
        door.call(cache, "set", "key", 1)
        door.call(cache, "set", "key", 2, version=2)
        caches["other"].set("key", 3)
        door.call(cache, "clear")
        assert door.call(cache, "get", "key") is None
        assert door.call(cache, "get", "key", version=2) is None
        assert caches["other"].get("key") == 3
        caches["other"].clear()


@pytest.mark.parametrize("key", ["with space", "x" * 251, "tab\t"])
def test_keys_that_not_every_cache_takes_give_a_warning(door, cache, key):
    with pytest.warns(CacheKeyWarning):
        door.call(cache, "set", key, 1)
    with pytest.warns(CacheKeyWarning):
        assert door.call(cache, "get", key) == 1


def test_keys_beyond_ascii_are_kept_apart(door, cache):
    door.call(cache, "set", "\u00e9", 1)
    door.call(cache, "set", "e\u0301", 2)
    assert door.call(cache, "get_many", ["\u00e9", "e\u0301"]) == {"\u00e9": 1, "e\u0301": 2}


class Unpicklable:
    def __reduce__(self):
        raise pickle.PicklingError("not this one")


@pytest.mark.parametrize("name", ["set", "add", "get_or_set"])
def test_what_cannot_be_pickled_is_told(door, cache, name):
    with pytest.raises(pickle.PicklingError, match="not this one"):
        door.call(cache, name, "key", Unpicklable())
    assert door.call(cache, "has_key", "key") is False


def test_get_or_set_passes_on_what_the_default_raises(door, cache):
    def broken():
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        door.call(cache, "get_or_set", "key", broken)
    assert door.call(cache, "get_or_set", "key", lambda: 7) == 7


def test_get_or_set_awaits_a_coroutine_function(cache, door):
    if not door.is_async:
        door = type(door)(True)

    async def default():
        return "awaited"

    assert door.call(cache, "get_or_set", "key", default) == "awaited"
    assert door.call(cache, "get", "key") == "awaited"


def test_fifty_cold_readers_load_once(cache):
    calls = []

    def slow():
        calls.append(threading.get_ident())
        deadline = time.monotonic() + 0.2
        while time.monotonic() < deadline:
            time.sleep(0.01)
        return {"value": 1}

    barrier = threading.Barrier(50)

    def read(_):
        barrier.wait()
        return cache.get_or_set("key", slow)

    with other_threads(50) as pool:
        found = list(pool.map(read, range(50)))
    assert found == [{"value": 1}] * 50
    assert len(calls) == 1


@pytest.mark.parametrize("by", ["delete", "set", "delete_many", "set_many"])
def test_who_changes_the_key_beats_a_load_that_is_running(cache, by):
    """A slow `get_or_set` has read the old value; the key is changed; the load ends. Whoever reads
    afterwards must not be given the old value.
    """
    gate = Gate()

    def slow():
        gate.hold()
        return "old"

    with other_threads() as pool:
        loading = pool.submit(cache.get_or_set, "key", slow)
        gate.await_begun()
        change = {
            "delete": lambda: cache.delete("key"),
            "delete_many": lambda: cache.delete_many(["key"]),
            "set": lambda: cache.set("key", "new"),
            "set_many": lambda: cache.set_many({"key": "new"}),
        }[by]
        change()
        gate.let_go()
        assert loading.result() == "old"
    expected = "new" if by.startswith("set") else None
    assert cache.get("key") == expected
    assert cache.get_or_set("key", lambda: "new") == "new"


def test_a_reader_after_the_delete_does_not_join_the_older_load(cache):
    gate = Gate()

    def slow():
        gate.hold()
        return "old"

    with other_threads(2) as pool:
        loading = pool.submit(cache.get_or_set, "key", slow)
        gate.await_begun()
        cache.delete("key")
        assert pool.submit(cache.get_or_set, "key", lambda: "new").result() == "new"
        gate.let_go()
        assert loading.result() == "old"
    assert cache.get("key") == "new"


def test_threads_and_aliases_of_one_store_share_an_engine(cache, alias, settings):
    with other_threads() as pool:
        assert pool.submit(lambda: caches[alias].engine).result() is cache.engine
    twin = {**settings.CACHES[alias], "VERSION": 7, "TIMEOUT": None}
    with override_settings(CACHES={**settings.CACHES, "twin": twin}):
        assert caches["twin"].engine is caches[alias].engine
