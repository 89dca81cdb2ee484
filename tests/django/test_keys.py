"""The keys of a cache by pattern, as django-redis has them, on every store."""

import asyncio
import threading

import pytest
from surecache.django import SureCache
from surecache.errors import Misuse

from tests.django.database import ROUND_S, Gate


@pytest.fixture
def call(door, cache):
    return lambda name, *arguments, **named: door.call(cache, name, *arguments, **named)


@pytest.fixture
def iterate(door, cache):
    """The keys that the iterator gives, in their order."""

    def iterated(*arguments, **named):
        if not door.is_async:
            return list(cache.iter_keys(*arguments, **named))

        async def walked():
            return [key async for key in cache.aiter_keys(*arguments, **named)]

        return asyncio.run(walked())

    return iterated


def fill(cache):
    cache.set_many({"user:1": 1, "user:2": 2, "user:10": 3, "user*": 4, "post:1": 5, "[u]": 6})


def test_keys_by_pattern(call, cache, iterate):
    fill(cache)
    assert sorted(call("keys")) == ["[u]", "post:1", "user*", "user:1", "user:10", "user:2"]
    for pattern, found in [
        ("user:*", ["user:1", "user:10", "user:2"]),
        ("user:?", ["user:1", "user:2"]),
        ("*:1", ["post:1", "user:1"]),
        ("user:[2-9]", ["user:2"]),
        ("user:[^2-9]", ["user:1"]),
        ("user\\*", ["user*"]),
        ("user", []),
        ("", []),
        ("[[]u]", ["[u]"]),
    ]:
        assert sorted(call("keys", pattern)) == found
        assert sorted(iterate(pattern, itersize=2)) == found


def test_versions_are_apart(call, cache):
    fill(cache)
    cache.set("user:1", 1, version=2)
    cache.set("user:3", 1, version=21)
    assert call("keys", "user:*", version=2) == ["user:1"]
    assert call("delete_pattern", "*", version=2) == 1
    assert call("keys", version=2) == []
    assert (call("keys", version=21), len(call("keys"))) == (["user:3"], 6)


def test_a_walk_gives_each_of_many_keys_once(cache, iterate):
    keys = [f"key:{number}" for number in range(2500)]
    cache.set_many(dict.fromkeys(keys, 1))
    for itersize in (None, 7, 10_000):
        assert sorted(iterate("key:*", itersize)) == sorted(keys)


def test_a_key_whose_value_is_over_is_not_listed(call, cache):
    cache.set("over", 1, timeout=0.001)
    cache.set("deleted", 1)
    cache.delete("deleted")
    while "over" in (found := call("keys")):
        pass
    assert found == []


def test_answers_of_regions_are_no_keys(call, cache, declare):
    declare().get_or_load(lambda **_: 7, id=1)
    cache.set("key", 1)
    assert call("keys") == ["key"]
    assert call("delete_pattern", "*") == 1


def test_what_matches_is_deleted_and_counted(call, cache):
    fill(cache)
    assert call("delete_pattern", "nothing*") == 0
    assert call("delete_pattern", "user:*", itersize=1) == 3
    assert sorted(cache.keys()) == ["[u]", "post:1", "user*"]
    assert call("delete_pattern", "user\\*") == 1
    assert call("delete_pattern", "*") == 2
    assert cache.keys() == []


@pytest.mark.parametrize("itersize", [None, 1])
def test_a_load_that_runs_is_void_once_what_matches_its_key_is_deleted(call, cache, itersize):
    """The value that it read is from before the write that the deletion is for; there is none
    under the key yet.
    """
    gate, given = Gate(), []

    def load():
        gate.hold()
        return "old"

    reader = threading.Thread(target=lambda: given.append(cache.get_or_set("report:1", load)))
    reader.start()
    gate.await_begun()
    assert call("delete_pattern", "report:*", itersize=itersize) == 0
    assert cache.get_or_set("report:1", lambda: "new") == "new"
    gate.let_go()
    reader.join(ROUND_S)
    assert (given, cache.get("report:1")) == (["old"], "new")


def test_a_load_of_another_key_goes_on(call, cache):
    gate = Gate()

    def load():
        gate.hold()
        return "value"

    reader = threading.Thread(target=lambda: cache.get_or_set("report:1", load))
    reader.start()
    gate.await_begun()
    assert call("delete_pattern", "other:*") == 0
    gate.let_go()
    reader.join(ROUND_S)
    assert cache.get("report:1") == "value"


@pytest.mark.parametrize("itersize", [0, -1, 1.5, "10", True, 2**40])
def test_a_step_of_no_size_is_refused(call, iterate, itersize):
    for refused in (
        lambda: call("delete_pattern", "*", itersize=itersize),
        lambda: iterate("*", itersize),
    ):
        with pytest.raises(Misuse, match="itersize: wanted an int from 1"):
            refused()


@pytest.fixture
def other(cache):
    """Makes a cache on the same store with other parameters."""

    def made(**parameters):
        return SureCache(cache.settings.location, {"OPTIONS": {}, **parameters})

    return made


@pytest.mark.parametrize("prefix", ["", "a:b", "a*[b]?\\c"])
def test_a_prefix_means_itself(door, other, prefix):
    cache, neighbour = other(KEY_PREFIX=prefix), other(KEY_PREFIX="aab?c")
    for each in (cache, neighbour):
        each.clear()
        each.set_many({"a:b": 1, "c": 2})
    assert sorted(door.call(cache, "keys")) == ["a:b", "c"]
    assert door.call(cache, "keys", "a*") == ["a:b"]
    assert door.call(cache, "delete_pattern", "*") == 2
    assert sorted(neighbour.keys()) == ["a:b", "c"]
    neighbour.clear()


def dashed(key, prefix, version):
    return f"{prefix}-v{version:02d}-{key}"


def undashed(name):
    return name.split("-", 2)[2].upper()


@pytest.mark.parametrize("reverse", [undashed, "tests.django.test_keys.undashed"])
def test_names_of_another_key_function(door, other, reverse):
    """It is given the version as the number that it always is."""
    functions = {"KEY_FUNCTION": dashed, "REVERSE_KEY_FUNCTION": reverse}
    cache = other(KEY_PREFIX="dash*", **functions)
    cache.clear()
    cache.set_many({"a": 1, "b-c": 2})
    assert sorted(door.call(cache, "keys")) == ["A", "B-C"]
    assert door.call(cache, "keys", "b*") == ["B-C"]
    assert door.call(cache, "delete_pattern", "a", prefix="dash") == 0
    assert door.call(cache, "delete_pattern", "?") == 1
    bare = other(KEY_PREFIX="dash*", KEY_FUNCTION=dashed)
    assert bare.delete_pattern("none") == 0
    with pytest.raises(Misuse, match="hint: set REVERSE_KEY_FUNCTION"):
        door.call(bare, "keys")
    cache.clear()


def test_a_reverse_function_is_one(other):
    with pytest.raises(Misuse, match="REVERSE_KEY_FUNCTION: wanted a function"):
        other(REVERSE_KEY_FUNCTION=7)


def test_the_way_between_names_and_keys(other):
    cache = other(KEY_PREFIX="a:b*", VERSION=3)
    assert cache.make_pattern("x*") == "a:b\\*:3:x*"
    assert cache.make_pattern("x*", version=1, prefix="p") == "p:1:x*"
    assert cache.make_pattern("x*", version="[") == "a:b\\*:\\[:x*"
    assert cache.reverse_key(cache.make_key("k:1")) == "k:1"
    with pytest.raises(Misuse):
        cache.reverse_key("b:3:k")


def test_a_store_that_is_away_has_no_keys_where_that_is_ignored(door, tmp_path):
    location = f"unix://{tmp_path}/nobody"
    cache = SureCache(location, {"OPTIONS": {"IGNORE_EXCEPTIONS": True}})
    assert door.call(cache, "keys") == []
    assert list(cache.iter_keys()) == []
    assert door.call(cache, "delete_pattern", "*") == 0


def test_a_prefix_that_leads_elsewhere_is_refused(door, cache):
    """Nothing of this cache is there: to delete nothing without a word would be worse."""
    for call, argument in (("delete", "key"), ("delete_pattern", "*")):
        with pytest.raises(Misuse, match="KEY_PREFIX of this cache"):
            door.call(cache, call, argument, prefix="another")
