"""What a server sees of collections, and what others may put there."""

import asyncio
import pickle

import pytest
import redis
from django.core.cache import caches
from surecache.errors import Unavailable


class Bomb:
    """Unpickling it would be noticed."""

    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


@pytest.fixture
def location(redis_server):
    return redis_server.location


@pytest.fixture
def raw(redis_server):
    with redis.Redis(unix_socket_path=str(redis_server.socket)) as client:
        yield client


def refused(cache):
    return cache.engine.own_statistics()["(plain keys)"]["refusals"]


def name(cache, key):
    return cache.make_key(key)


def test_a_server_sees_no_member_and_no_value(cache, the, raw):
    secrets = ["a member to hide", "a field to hide", "a value to hide", "an element to hide"]
    the.sadd("set", secrets[0])
    the.zadd("scores", {secrets[0]: 12.5})
    the.hset("hash", secrets[1], secrets[2])
    the.rpush("list", secrets[3])
    types = {raw.type(key) for key in raw.keys("*")}
    assert {b"set", b"zset", b"hash", b"list"} <= types
    dumped = b"".join(
        [
            *raw.smembers(name(cache, "set")),
            *raw.zrange(name(cache, "scores"), 0, -1),
            *(part for pair in raw.hgetall(name(cache, "hash")).items() for part in pair),
            *raw.lrange(name(cache, "list"), 0, -1),
            *(raw.dump(key) for key in raw.keys("*")),
        ]
    )
    for secret in secrets:
        assert secret.encode() not in dumped
        assert secret.encode()[2:] not in dumped


def test_equal_members_are_equal_on_the_server_and_values_are_not(cache, raw):
    cache.sadd("one", "member")
    cache.sadd("other", "member")
    assert raw.sinter(name(cache, "one"), name(cache, "other")) == raw.smembers(name(cache, "one"))
    cache.hset("hash", "a", "value")
    cache.hset("hash", "b", "value")
    assert len(set(raw.hvals(name(cache, "hash")))) == 2


FOREIGN = [pickle.dumps(Bomb()), b"", b"\x01", b"\xa6member", b"\x01\x01" + b"\0" * 60, b"x" * 500]


def test_foreign_bytes_are_counted_and_left_out(cache, the, raw):
    the.sadd("set", "member")
    the.zadd("scores", {"member": 1})
    the.rpush("list", "element")
    the.hset("hash", "field", "value")
    before = sum(refused(cache).values())
    for bytes_ in FOREIGN:
        raw.sadd(name(cache, "set"), bytes_)
        raw.zadd(name(cache, "scores"), {bytes_: 1})
        raw.rpush(name(cache, "list"), bytes_)
        raw.hset(name(cache, "hash"), bytes_, bytes_)
    assert the.smembers("set") == {"member"}
    assert the.sunion("set") == {"member"}
    assert the.sscan("set") == {"member"}
    assert the.zrange("scores", 0, -1) == ["member"]
    assert the.lrange("list", 0, -1) == ["element"]
    assert the.hgetall("hash") == {"field": "value"}
    assert the.hkeys("hash") == ["field"]
    assert sum(refused(cache).values()) == before + 7 * len(FOREIGN)
    assert {"forged", "malformed", "other_format", "other_key"} & set(refused(cache))


def test_foreign_bytes_are_passed_over_by_who_takes_one(cache, the, raw):
    for bytes_ in FOREIGN:
        raw.sadd(name(cache, "set"), bytes_)
        raw.zadd(name(cache, "scores"), {bytes_: 0})
        raw.rpush(name(cache, "list"), bytes_)
    the.sadd("set", "member")
    the.zadd("scores", {"member": 1})
    the.rpush("list", "element")
    assert (the.spop("set"), the.zpopmin("scores"), the.lpop("list")) == (
        "member",
        ("member", 1.0),
        "element",
    )
    assert (the.spop("set"), the.zpopmin("scores"), the.lpop("list")) == (None, None, None)


def test_any_changed_byte_of_a_member_is_refused(cache, the, raw):
    the.sadd("set", "member")
    (sealed,) = raw.smembers(name(cache, "set"))
    raw.delete(name(cache, "set"))
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        raw.sadd(name(cache, "set"), bytes(changed))
    assert raw.scard(name(cache, "set")) == len(sealed)
    assert the.smembers("set") == set()
    raw.sadd(name(cache, "set"), sealed)
    assert the.smembers("set") == {"member"}


def test_a_member_means_the_same_under_another_key_of_its_kind_only(cache, the, raw):
    the.sadd("set", "member")
    (sealed,) = raw.smembers(name(cache, "set"))
    raw.sadd(name(cache, "moved"), sealed)
    assert the.smembers("moved") == {"member"}
    raw.rpush(name(cache, "list"), sealed)
    raw.zadd(name(cache, "scores"), {sealed: 1})
    raw.hset(name(cache, "hash"), sealed, "value")
    assert the.lrange("list", 0, -1) == []
    assert the.zrange("scores", 0, -1) == []
    assert the.hkeys("hash") == []


def test_a_value_of_a_hash_stands_under_its_field_and_key_only(cache, the, raw):
    """Moved by who can write to the server, it is refused: nobody is given another's value."""
    the.hset("mine", mapping={"a": "of a", "b": "of b"})
    the.hset("yours", mapping={"a": "another's"})
    fields = {
        the.hkeys("mine")[place]: field
        for place, field in enumerate(raw.hkeys(name(cache, "mine")))
    }
    mine, yours = name(cache, "mine"), name(cache, "yours")
    raw.hset(mine, fields["b"], raw.hget(mine, fields["a"]))
    assert the.hgetall("mine") == {"a": "of a"}
    assert the.hget("mine", "b", "default") == "default"
    raw.hset(mine, fields["a"], raw.hget(yours, fields["a"]))
    assert the.hmget("mine", ["a", "b"]) == [None, None]
    assert refused(cache)["forged"] >= 3


def test_another_namespace_and_another_secret_open_nothing(at_secrets, raw):
    cache = at_secrets("the first secret")
    cache.sadd("set", "member")
    cache.hset("hash", "field", "value")
    other = at_secrets("another secret")
    assert other.smembers("set") == set()
    assert other.sismember("set", "member") is False
    assert other.hgetall("hash") == {}
    assert refused(other)["other_key"] == 2


@pytest.fixture
def at_secrets(location, settings):
    """The cache with secrets, the newest first."""

    def made(*secrets):
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = secrets[0], list(secrets[1:])
        settings.CACHES = {
            "default": {
                "BACKEND": "surecache.django.SureCache",
                "LOCATION": location,
                "KEY_PREFIX": "secrets",
            }
        }
        return caches["default"]

    return made


def test_what_an_older_secret_sealed_is_found_and_counted_once(at_secrets, call, raw):
    cache = at_secrets("the first secret")
    cache.sadd("set", "old", "kept")
    cache.expire("set", 100)
    cache.sadd("other", "old")
    cache.zadd("scores", {"old": 1, "kept": 2})
    cache.hset("hash", mapping={"old": "value", "kept": "too"})
    cache.rpush("list", "old", "kept", "old")
    cache = at_secrets("the second secret", "the first secret")

    def asked(operation, *arguments, **named):
        return call(cache, operation, *arguments, **named)

    assert asked("smembers", "set") == {"old", "kept"}
    assert asked("sismember", "set", "old") is True
    assert asked("sadd", "set", "old", "new") == 1
    assert asked("scard", "set") == 3
    assert 90 < asked("ttl", "set") <= 100
    assert asked("smove", "set", "other", "kept") is True
    assert asked("sinter", "set", "other") == {"old"}
    assert asked("sdiff", "set", "other") == {"new"}
    assert asked("sunionstore", "all", "set", "other") == 3
    assert asked("srem", "other", "old") == 1
    assert asked("zscore", "scores", "old") == 1
    assert asked("zincrby", "scores", 5, "old") == 6
    assert asked("zadd", "scores", {"old": 7}) == 0
    assert asked("zrange", "scores", 0, -1) == ["kept", "old"]
    assert asked("zrem", "scores", "kept") == 1
    assert asked("hget", "hash", "old") == "value"
    assert asked("hset", "hash", "old", "another") == 0
    assert asked("hgetall", "hash") == {"old": "another", "kept": "too"}
    assert asked("hdel", "hash", "kept") == 1
    assert asked("lrem", "list", 0, "old") == 2
    assert asked("lrange", "list", 0, -1) == ["kept"]
    assert not sum(refused(cache).values())


def test_many_members_of_an_older_secret_are_compared(at_secrets, call):
    """More than one command takes."""
    old = at_secrets("the first secret")
    old.sadd("one", *range(2500))
    cache = at_secrets("the second secret", "the first secret")
    cache.sadd("two", *range(2400, 2600))
    assert call(cache, "sinter", "one", "two") == set(range(2400, 2500))
    assert call(cache, "scard", "one") == 2500


def test_sets_of_two_secrets_are_compared(at_secrets, call):
    """The server would find nothing in common: what is compared has the newest form first."""
    old = at_secrets("the first secret")
    old.sadd("one", *range(5))
    cache = at_secrets("the second secret", "the first secret")
    cache.sadd("two", *range(3, 8))
    assert call(cache, "sinter", "one", "two") == {3, 4}
    assert call(cache, "sinterstore", "both", "one", "two") == 2


def test_a_server_that_is_down(redis_server, the, cache):
    the.sadd("set", 1)
    redis_server.stop()
    for operation in (the.smembers, the.hgetall, the.zcard, the.llen):
        with pytest.raises(Unavailable):
            operation("set")


def test_a_server_that_is_down_is_ignored(redis_server, settings, call):
    settings.CACHES = {
        "default": {
            "BACKEND": "surecache.django.SureCache",
            "LOCATION": redis_server.location,
            "KEY_PREFIX": "ignored",
            "OPTIONS": {"IGNORE_EXCEPTIONS": True},
        }
    }
    cache = caches["default"]
    redis_server.stop()
    assert call(cache, "smembers", "key") == set()
    assert call(cache, "sadd", "key", 1) == 0
    assert call(cache, "hget", "key", "field", "default") == "default"
    assert call(cache, "zpopmin", "key") is None
    assert call(cache, "lrange", "key", 0, -1) == []
    assert list(cache.sscan_iter("key")) == []


def test_a_loop_asks_by_its_own_connection(cache, raw):
    """Not by a thread that calls the synchronous one: all of a turn leave in one write."""

    async def many():
        await cache.asadd("set", 0)
        connections = len(raw.client_list())
        added = await asyncio.gather(*(cache.asadd("set", number) for number in range(1, 200)))
        assert len(raw.client_list()) == connections
        return added

    assert asyncio.run(many()) == [1] * 199
    assert cache.scard("set") == 200
