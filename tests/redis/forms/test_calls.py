"""Every call of the cache contract in a foreign form; plain and asynchronous."""

import pytest
from surecache.errors import Misuse

from tests.django.moves import moves_beside_writers
from tests.left import Left

STAGES = ["foreign", "leaving"]


@pytest.fixture(params=STAGES)
def stage(request):
    return request.param


@pytest.fixture
def ours(pair, form, stage):
    return pair(form, stage)[0]


@pytest.fixture
def old(pair, form):
    """The other cache, with ours in its form."""
    return pair(form)


def test_get_and_set(ours, call):
    assert call(ours, "get", "key", "absent") == "absent"
    for value in [None, 0, "", [], {"a": 1}, "text", -7, True]:
        assert call(ours, "set", "key", value) is True
        assert call(ours, "get", "key", "absent") == value
        assert call(ours, "has_key", "key")
    assert call(ours, "set", "key", 1, 0) is True
    assert call(ours, "get", "key") is None
    assert not call(ours, "has_key", "key")


def test_set_on_a_condition(ours, call):
    assert call(ours, "set", "key", 1, xx=True) is False
    assert call(ours, "set", "key", 1, nx=True) is True
    assert call(ours, "set", "key", 2, nx=True) is False
    assert call(ours, "get", "key") == 1
    assert call(ours, "set", "key", "text", 50, xx=True) is True
    assert (call(ours, "get", "key"), call(ours, "ttl", "key")) == ("text", Left(50))


def test_add(ours, call):
    assert call(ours, "add", "key", "first", 50) is True
    assert call(ours, "add", "key", "second", 99) is False
    assert (call(ours, "get", "key"), call(ours, "ttl", "key")) == ("first", Left(50))


def test_many(ours, call):
    assert call(ours, "set_many", {"a": 1, "b": [2], "c": None}, 50) == []
    assert call(ours, "get_many", ["a", "b", "c", "d"]) == {"a": 1, "b": [2], "c": None}
    assert call(ours, "ttl", "b") == Left(50)
    call(ours, "delete_many", ["a", "b"])
    assert call(ours, "get_many", ["a", "b", "c"]) == {"c": None}
    assert call(ours, "delete", "c") is True
    assert call(ours, "delete", "c") is False


def test_times_to_live(ours, call):
    call(ours, "set", "key", "value", None)
    assert call(ours, "ttl", "key") is None
    assert call(ours, "persist", "key") is False
    assert call(ours, "touch", "key", 40) is True
    assert call(ours, "ttl", "key") == Left(40)
    assert call(ours, "pexpire", "key", 30_000) is True
    assert call(ours, "pttl", "key") / 1000 == Left(30)
    assert call(ours, "persist", "key") is True
    assert call(ours, "ttl", "key") is None
    assert call(ours, "touch", "key", None) is True
    assert call(ours, "expire", "key", 0) is True
    assert call(ours, "get", "key") is None
    assert call(ours, "ttl", "key") == 0
    assert call(ours, "touch", "key", 10) is False
    assert call(ours, "persist", "key") is False


def test_counting(ours, call):
    with pytest.raises(ValueError, match="not found"):
        call(ours, "incr", "key")
    call(ours, "set", "key", 5, 50)
    assert call(ours, "incr", "key") == 6
    assert call(ours, "incr", "key", 2**60) == 2**60 + 6
    assert call(ours, "decr", "key", 2**60 + 4) == 2
    assert call(ours, "ttl", "key") == Left(50)
    for value in ["text", True, 1.5, 2**63]:
        call(ours, "set", "key", value)
        with pytest.raises(TypeError):
            call(ours, "incr", "key")
        assert call(ours, "get", "key") == value


def test_a_sum_beyond_64_bits_changes_nothing(ours, call):
    for number, delta in [(2**63 - 1, 1), (-(2**63), -1), (1, 2**63 - 1)]:
        call(ours, "set", "key", number, 50)
        with pytest.raises(OverflowError):
            call(ours, "incr", "key", delta)
        assert (call(ours, "get", "key"), call(ours, "ttl", "key")) == (number, Left(50))


def test_versions(ours, call):
    call(ours, "set", "key", [1], 50)
    assert call(ours, "incr_version", "key") == 2
    assert call(ours, "get", "key") is None
    assert call(ours, "get", "key", version=2) == [1]
    assert call(ours, "ttl", "key", version=2) == Left(50)


def test_what_is_stored_beside_a_move_is_not_lost(ours, call):
    moves_beside_writers(call, ours)


def test_get_or_set(ours, call):
    loads = []

    def load():
        loads.append(1)
        return {"loaded": len(loads)}

    for _ in range(2):
        assert call(ours, "get_or_set", "key", load, 50) == {"loaded": 1}
    assert (call(ours, "get", "key"), call(ours, "ttl", "key")) == ({"loaded": 1}, Left(50))


def test_what_the_other_wrote_is_had_by_every_call(old, call):
    ours, theirs = old
    theirs.set_many({"text": "text", "number": 5, "list": [1]}, 50)
    assert call(ours, "get_many", ["text", "number", "list"]) == {
        "text": "text",
        "number": 5,
        "list": [1],
    }
    assert call(ours, "add", "text", "another") is False
    assert call(ours, "touch", "text", 70) is True
    assert call(ours, "ttl", "text") == Left(70)
    assert call(ours, "incr", "number") == theirs.incr("number") - 1 == 6
    assert call(ours, "get_or_set", "list", lambda: "loaded") == [1]
    assert call(ours, "set", "text", "ours", xx=True) is True
    assert theirs.get("text") == "ours"
    assert call(ours, "delete", "list") is True
    assert theirs.get("list") is None
    theirs.set("gone", 1)
    call(ours, "persist", "gone")
    assert call(ours, "ttl", "gone") is None


def test_keys_by_pattern(old, call):
    ours, theirs = old
    theirs.set("key-1", 1)
    ours.set("key-2", 2)
    assert sorted(call(ours, "keys", "key-*")) == ["key-1", "key-2"]
    assert call(ours, "delete_pattern", "key-*") == 2
    assert theirs.get_many(["key-1", "key-2"]) == {}


def test_clear_takes_what_is_under_the_prefix_and_nothing_else(old, call):
    ours, theirs = old
    client = theirs.client.get_client() if hasattr(theirs, "client") else theirs._cache.get_client()
    client.set("another:1:key", "stays")
    client.set(f"{ours.key_prefix}x:1:key", "stays")
    theirs.set("key", 1)
    theirs.set("key", 2, version=2)
    call(ours, "clear")
    assert (theirs.get("key"), theirs.get("key", version=2)) == (None, None)
    assert client.get("another:1:key") == client.get(f"{ours.key_prefix}x:1:key") == b"stays"


def test_what_is_explained(pair, form):
    """A foreign value says nothing of itself, and has no refusal."""
    ours, theirs = pair(form)
    theirs.set("key", "value")
    explained = ours.engine.explain(ours.make_key("key"))
    assert (explained["found"], explained["refusal"]) == (True, None)
    assert (explained["created"], explained["hard_expiry"]) == (None, None)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("sadd", (1,)), ("smembers", ()), ("hset", ("field", 1)), ("zadd", ({"a": 1},))],
)
def test_collections_are_refused(pair, form, stage, call, name, arguments):
    """Members of ours are sealed: to old workers they would be values that cannot be decoded."""
    ours, _ = pair(form, stage)
    with pytest.raises(Misuse, match="hint: give them a cache without a foreign form"):
        call(ours, name, "key", *arguments)


def test_bytes_that_are_no_value_are_absent(pair, form, stage, call):
    """Of a class that is gone, of another serializer, or of no program at all."""
    ours, theirs = pair(form, stage)
    client = theirs.client.get_client() if hasattr(theirs, "client") else theirs._cache.get_client()
    for number, data in enumerate([b"", b"\x80", b"\x01\x00\x01\x02", b"cno_module\nName\n."]):
        client.set(theirs.make_key("key"), data)
        assert call(ours, "get", "key", "absent") == "absent"
        assert call(ours, "get_many", ["key"]) == {}
        with pytest.raises(TypeError):
            call(ours, "incr", "key")
        assert call(ours, "get_or_set", "key", lambda number=number: number) == number
        assert call(ours, "get", "key") == number


def test_the_lock_that_the_guide_gives_for_a_roll_out(pair, stage):
    """`cache.lock` of old workers and the raw client's of new ones are the same lock."""
    ours, old = pair("django-redis", stage)
    theirs = old.lock("name", timeout=60)
    mine = ours.client.get_client().lock(ours.make_key("name"), timeout=60)
    assert theirs.acquire(blocking=False)
    assert not mine.acquire(blocking=False)
    theirs.release()
    assert mine.acquire(blocking=False)
    assert not theirs.acquire(blocking=False)
    mine.release()


@pytest.mark.parametrize("value", [1.5, True])
def test_only_whole_numbers_are_counted(ours, call, value):
    call(ours, "set", "key", value)
    with pytest.raises(TypeError):
        call(ours, "incr", "key")
    assert call(ours, "get", "key") == value
