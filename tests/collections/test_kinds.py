"""A key that holds something else, and what all kinds have in common: expiries, deletes, clears."""

import inspect

import pytest
from surecache.django import SureCache
from surecache.django._hashes import Hashes
from surecache.django._lists import Lists
from surecache.django._sets import Sets
from surecache.django._sorted_sets import SortedSets
from surecache.errors import Misuse, ValueNotSupported, WrongKind

MADE = {
    "a set": ("sadd", "member"),
    "a hash": ("hset", "field", "value"),
    "a sorted set": ("zadd", {"member": 1}),
    "a list": ("rpush", "element"),
}
READS = {
    "a set": ("smembers", {"member"}),
    "a hash": ("hgetall", {"field": "value"}),
    "a sorted set": ("zscore", 1.0, "member"),
    "a list": ("lrange", ["element"], 0, -1),
}


@pytest.fixture(params=MADE)
def kind(request):
    return request.param


@pytest.fixture
def made(the, kind):
    name, *arguments = MADE[kind]
    getattr(the, name)("key", *arguments)
    return kind


def is_there(the, kind):
    name, wanted, *arguments = READS[kind]
    return getattr(the, name)("key", *arguments) == wanted


@pytest.mark.parametrize(
    "asked",
    [
        ("get",),
        ("incr",),
        ("set", "value", None, None),
        ("incr_version",),
    ],
    ids=lambda asked: asked[0],
)
def test_a_call_for_values_says_what_it_found(the, made, asked):
    name, *arguments = asked
    named = {"xx": True} if name == "set" else {}
    with pytest.raises(WrongKind, match=f"wanted a plain value under the key, found: {made}$"):
        getattr(the, name)("key", *arguments, **named)
    assert issubclass(WrongKind, TypeError)
    assert is_there(the, made)


@pytest.mark.parametrize("wanted", MADE)
def test_a_call_for_a_collection_says_what_it_found(the, made, wanted):
    if wanted == made:
        with pytest.raises(Misuse):
            the.sinter()
        return
    name, *arguments = MADE[wanted]
    reading, _, *read = READS[wanted]
    for asked in ([name, *arguments], [reading, *read]):
        with pytest.raises(WrongKind, match=f"wanted {wanted} under the key, found: {made}$"):
            getattr(the, asked[0])("key", *asked[1:])
    assert is_there(the, made)


def test_a_plain_value_is_no_collection(the, kind):
    the.set("key", "value")
    name, *arguments = MADE[kind]
    with pytest.raises(WrongKind, match=f"wanted {kind} under the key, found: a plain value$"):
        getattr(the, name)("key", *arguments)
    assert the.get("key") == "value"


def test_a_wrong_kind_among_many_sets_is_named(the, cache):
    cache.sadd("set", 1)
    cache.rpush("list", 1)
    cache.set("value", 1)
    with pytest.raises(WrongKind, match=r"found: a list$"):
        the.sunion("set", "list")
    with pytest.raises(WrongKind, match=r"found: a list$"):
        the.sunionstore("value", "set", "list")
    assert the.sunionstore("value", "set") == 1
    assert the.smembers("value") == {1}
    with pytest.raises(WrongKind, match=r"found: a list$"):
        the.smove("set", "list", 1)
    assert the.smembers("set") == {1}


def test_many_values_leave_collections_out(the, made):
    the.set("other", "value")
    assert the.get_many(["key", "other"]) == {"other": "value"}


def test_what_is_there_is_there(the, made):
    assert the.has_key("key") is True
    assert the.add("key", "value") is False
    assert the.add("key", "value", timeout=0) is False
    assert the.set("key", "value", nx=True) is False
    assert is_there(the, made)


def test_a_set_replaces_and_a_delete_takes_away(the, made, cache):
    assert the.delete("key") is True
    assert the.has_key("key") is False
    assert the.delete("key") is False
    name, *arguments = MADE[made]
    getattr(the, name)("key", *arguments)
    the.set("key", "value")
    assert the.get("key") == "value"
    the.delete_many(["key"])
    getattr(the, name)("key", *arguments)
    assert is_there(the, made)
    the.clear()
    assert the.has_key("key") is False


def test_an_expiry(the, made):
    assert (the.ttl("key"), the.pttl("key"), the.persist("key")) == (None, None, False)
    assert the.expire("key", 50) is True
    assert 40 < the.ttl("key") <= 50
    assert 40_000 < the.pttl("key") <= 50_000
    assert the.persist("key") is True
    assert the.ttl("key") is None
    assert the.touch("key", 20) is True
    assert 10 < the.ttl("key") <= 20
    assert is_there(the, made)
    assert the.touch("key", None) is True
    assert the.ttl("key") is None
    assert the.expire("key", 0) is True
    assert the.has_key("key") is False


def test_an_expiry_survives_changes_and_ends_with_the_last_member(the):
    the.sadd("key", 1)
    the.expire("key", 50)
    the.sadd("key", 2)
    the.srem("key", 1)
    assert 40 < the.ttl("key") <= 50
    the.srem("key", 2)
    assert the.has_key("key") is False
    the.sadd("key", 3)
    assert the.ttl("key") is None


def test_an_expired_collection_is_absent(the, made):
    the.pexpire("key", 1)
    # Its own clock says when it is over: the question is asked until then.
    while the.has_key("key"):
        pass
    assert the.ttl("key") == 0
    assert the.scard("key") == 0


def test_versions_are_apart(the):
    the.sadd("key", 1, version=2)
    assert (the.scard("key"), the.scard("key", version=2)) == (0, 1)
    the.sadd("key", 2)
    assert the.sdiffstore("made", "key", version_dest=3, version_keys=2) == 1
    assert the.smembers("made", version=3) == {1}


def test_a_member_that_would_not_come_back_is_refused(the):
    with pytest.raises(ValueNotSupported, match=r"wanted None, bool, int.*found: object"):
        the.sadd("key", object())
    for call in (the.sadd, the.srem, the.rpush):
        with pytest.raises(TypeError, match="unhashable"):
            call("key", ["list"])
    with pytest.raises(TypeError, match="unhashable"):
        the.sismember("key", {})
    assert the.has_key("key") is False


def test_no_member_is_too_few(the):
    for call in (the.sadd, the.srem, the.zrem, the.lpush):
        with pytest.raises(Misuse, match="wanted at least one member, found: 0"):
            call("key")
    with pytest.raises(Misuse, match="wanted a field or a mapping"):
        the.hset("key")
    with pytest.raises(Misuse, match="wanted at least one set"):
        the.sinterstore("key")


def test_a_loader_is_not_called_and_overwrites_no_collection(the, made):
    with pytest.raises(WrongKind, match=f"wanted a plain value under the key, found: {made}$"):
        the.get_or_set("key", lambda: pytest.fail("loaded"))
    assert is_there(the, made)


def test_a_collection_is_explained(cache, made):
    explained = cache.engine.explain(cache.make_key("key"))
    assert (explained["found"], explained["hit"]) == (True, False)
    assert explained["refusal"] == "undecodable"


def test_a_read_of_a_collection_is_counted(the, cache, made):
    with pytest.raises(WrongKind):
        the.get("key")
    counted = cache.engine.own_statistics()["(plain keys)"]
    assert (counted["outcomes"]["missed"], counted["refusals"]["undecodable"]) == (1, 1)


def test_every_operation_has_a_twin_of_the_same_form():
    for owner in (Sets, Hashes, SortedSets, Lists):
        names = {name for name in vars(owner) if not name.startswith("_")}
        twins = {name for name in names if name[0] == "a" and name[1:] in names}
        assert len(twins) * 2 == len(names)
        for name in twins:
            plain, twin = getattr(SureCache, name[1:]), getattr(SureCache, name)
            assert inspect.signature(plain).parameters == inspect.signature(twin).parameters
            assert inspect.iscoroutinefunction(twin) or inspect.isasyncgenfunction(twin)
            assert twin.__name__ == name
