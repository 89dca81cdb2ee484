"""What a caller of django-redis does with each of its methods, as data: played on both caches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.left import Left

__all__ = ["OF_CLIENT", "PLAYS", "Step"]


@dataclass(frozen=True)
class Step:
    """A call, and what is looked at in its result; None: nothing."""

    name: str
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    seen: Callable[[Any], Any] | None


def same(result: Any) -> Any:
    return result


def call(name: str, *arguments: Any, **named: Any) -> Step:
    """A call whose result both have alike."""
    return Step(name, arguments, named, same)


def quiet(name: str, *arguments: Any, **named: Any) -> Step:
    """One whose result is Django's here, and django-redis' own there."""
    return Step(name, arguments, named, None)


def roughly(name: str, *arguments: Any, parts: int = 1) -> Step:
    """One whose result is a time left, in parts of a second: see `Left`."""

    def seen(left: Any) -> Any:
        return left and Left(left / parts)

    return Step(name, arguments, {}, seen)


def in_any_order(name: str, *arguments: Any, **named: Any) -> Step:
    return Step(name, arguments, named, lambda result: sorted(result, key=repr))


def soon() -> datetime:
    return datetime.now() + timedelta(seconds=1040)


def is_lock(result: Any) -> bool:
    """What a lock does is not for a play of one caller."""
    return all(callable(getattr(result, name, None)) for name in ("acquire", "extend", "release"))


FILL = [quiet("set_many", {"a:1": 1, "a:2": "two", "b": [3]}, timeout=None)]
SETS = [call("sadd", "s", 1, "two", (3, 4)), call("sadd", "t", "two", 5)]
SCORES = [call("zadd", "z", {"one": 1, "two": 2.5, ("t", 3): 3})]
HASH = [call("hset", "h", "field", [1, "value"]), call("hset", "h", mapping={"x": 1, "y": None})]

PLAYS: dict[str, list[Step]] = {
    "add": [call("add", "k", 1), call("add", "k", 2), call("add", "k", 3, 50, version=2),
            call("get", "k"), call("get", "k", version=2)],
    "clear": [*FILL, quiet("clear"), call("get", "b")],
    "close": [*FILL, quiet("close"), call("get", "b")],
    "decr": [call("set", "n", 5), call("decr", "n"), call("decr", "n", 2, version=1),
             call("decr", "absent")],
    "delete": [*FILL, call("delete", "b"), call("delete", "b"), call("delete", "a:1", version=2),
               call("delete", "a:1", None, "parity"), call("delete", "a:2", prefix="parity"),
               call("get", "a:2")],
    "delete_many": [*FILL, quiet("delete_many", ["a:1", "b", "absent"]), in_any_order("keys", "*")],
    "delete_pattern": [*FILL, call("delete_pattern", "c*"), call("delete_pattern", "a:?"),
                       call("delete_pattern", "*", version=2, prefix="parity", itersize=5),
                       in_any_order("keys", "*")],
    "expire": [*FILL, call("expire", "b", 50), call("expire", "absent", 50), roughly("ttl", "b"),
               call("expire", "a:1", timedelta(seconds=90)), roughly("ttl", "a:1")],
    "expire_at": [*FILL, call("expire_at", "b", soon()), call("expire_at", "absent", soon()),
                  roughly("ttl", "b"), call("expire_at", "a:1", int(soon().timestamp())),
                  roughly("ttl", "a:1")],
    "get": [*FILL, call("get", "b"), call("get", "absent"), call("get", "absent", "default"),
            call("get", "b", default=7, version=2)],
    "get_many": [*FILL, call("get_many", ["b", "a:2", "absent"]),
                 call("get_many", ["b"], version=2)],
    "has_key": [*FILL, call("has_key", "b"), call("has_key", "b", version=2)],
    "incr": [call("set", "n", 5), call("incr", "n"), call("incr", "n", delta=-10),
             call("incr", "absent"), call("incr", "new", 3, ignore_key_check=True),
             call("incr", "new", ignore_key_check=True), call("ttl", "new")],
    "incr_version": [call("set", "k", "v", timeout=50), call("incr_version", "k"),
                     call("get", "k"), call("get", "k", version=2), call("incr_version", "absent"),
                     call("incr_version", "k", 2, version=2), call("get", "k", version=4)],
    "iter_keys": [*FILL, in_any_order("iter_keys", "a:*"), in_any_order("iter_keys", "*", 1),
                  in_any_order("iter_keys", "*", itersize=5, version=2)],
    "keys": [*FILL, in_any_order("keys", "a:*"), in_any_order("keys", "[b-c]"),
             in_any_order("keys", "*", version=2)],
    "persist": [*FILL, call("persist", "b"), call("persist", "absent"), call("expire", "b", 50),
                call("persist", "b"), call("ttl", "b")],
    "pexpire": [*FILL, call("pexpire", "b", 50_000), call("pexpire", "absent", 1),
                roughly("ttl", "b")],
    "pexpire_at": [*FILL, call("pexpire_at", "b", soon()), call("pexpire_at", "absent", soon()),
                   roughly("ttl", "b"),
                   call("pexpire_at", "a:1", int(soon().timestamp() * 1000)),
                   roughly("ttl", "a:1")],
    "pttl": [*FILL, call("pttl", "b"), call("pttl", "absent"), call("expire", "b", 50),
             roughly("pttl", "b", parts=1000)],
    "set": [call("set", "k", 1), call("set", "k", 2, nx=True), call("set", "k", 3, 50, xx=True),
            call("set", "l", 4, timeout=None, version=2, xx=True), call("get", "k"),
            roughly("ttl", "k")],
    "set_many": [quiet("set_many", {"a": 1, "b": "two"}, 50, version=2), call("get", "a"),
                 call("get_many", ["a", "b"], version=2), call("set", "b", 1), roughly("ttl", "a")],
    "touch": [*FILL, call("touch", "b", 50), roughly("ttl", "b"), call("touch", "absent"),
              call("touch", "b", timeout=None), call("ttl", "b")],
    "ttl": [*FILL, call("ttl", "b"), call("ttl", "absent"), call("expire", "b", 50),
            roughly("ttl", "b")],
    "lock": [Step("lock", ("name",), {"timeout": 5, "blocking_timeout": 1}, is_lock)],
    # Sets.
    "sadd": [*SETS, call("sadd", "s", 1), call("smembers", "s")],
    "scard": [*SETS, call("scard", "s"), call("scard", "absent")],
    "sdiff": [*SETS, call("sdiff", "s", "t"), call("sdiff", "absent", "s")],
    "sdiffstore": [*SETS, call("sdiffstore", "d", "s", "t"), call("smembers", "d")],
    "sinter": [*SETS, call("sinter", "s", "t"), call("sinter", "s", "absent")],
    "sinterstore": [*SETS, call("sinterstore", "d", "s", "t"), call("smembers", "d")],
    "sismember": [*SETS, call("sismember", "s", "two"), call("sismember", "s", 9)],
    "smembers": [*SETS, call("smembers", "s"), call("smembers", "absent")],
    "smismember": [*SETS, call("smismember", "s", "two", 9, (3, 4))],
    "smove": [*SETS, call("smove", "s", "t", 1), call("smove", "s", "t", 1), call("smembers", "t")],
    "spop": [call("sadd", "s", "one"), call("spop", "s"), call("spop", "s"), *SETS,
             call("spop", "s", 10), call("scard", "s")],
    "srandmember": [call("sadd", "s", "one"), call("srandmember", "s"),
                    call("srandmember", "s", 5)],
    "srem": [*SETS, call("srem", "s", 1, "two", 9), call("smembers", "s")],
    "sscan": [*SETS, call("sscan", "s"), call("sscan", "s", count=5)],
    "sscan_iter": [*SETS, in_any_order("sscan_iter", "s")],
    "sunion": [*SETS, call("sunion", "s", "t", "absent")],
    "sunionstore": [*SETS, call("sunionstore", "d", "s", "t"), call("smembers", "d")],
    # Hashes.
    "hdel": [*HASH, call("hdel", "h", "x"), call("hdel", "h", "x"), call("hlen", "h")],
    "hexists": [*HASH, call("hexists", "h", "field"), call("hexists", "h", "none")],
    "hkeys": [*HASH, in_any_order("hkeys", "h"), call("hkeys", "absent")],
    "hlen": [*HASH, call("hlen", "h"), call("hlen", "absent")],
    "hset": [*HASH, call("hset", "h", "field", 2, version=2), call("hlen", "h", version=2)],
    # Sorted sets.
    "zadd": [*SCORES, call("zadd", "z", {"one": 9}, nx=True),
             call("zadd", "z", {"one": 7}, xx=True),
             call("zadd", "z", {"two": 8}, ch=True), call("zrange", "z", 0, -1, withscores=True)],
    "zcard": [*SCORES, call("zcard", "z"), call("zcard", "absent")],
    "zcount": [*SCORES, call("zcount", "z", 2, 3), call("zcount", "z", "-inf", "(2.5")],
    "zincrby": [*SCORES, call("zincrby", "z", 1.5, "one"), call("zscore", "z", "one")],
    "zpopmax": [*SCORES, call("zpopmax", "z"), call("zpopmax", "z", 2), call("zpopmax", "z")],
    "zpopmin": [*SCORES, call("zpopmin", "z"), call("zpopmin", "z", count=5), call("zpopmin", "z")],
    "zrange": [*SCORES, call("zrange", "z", 0, 1), call("zrange", "z", 0, -1, desc=True),
               call("zrange", "z", 0, -1, withscores=True)],
    "zrangebyscore": [*SCORES, call("zrangebyscore", "z", 1, 2.5),
                      call("zrangebyscore", "z", "-inf", "+inf", start=1, num=1, withscores=True)],
    "zrank": [*SCORES, call("zrank", "z", "two"), call("zrank", "z", "none")],
    "zrem": [*SCORES, call("zrem", "z", "one", "none"), call("zcard", "z")],
    "zremrangebyscore": [*SCORES, call("zremrangebyscore", "z", 2, 3), call("zcard", "z")],
    "zrevrange": [*SCORES, call("zrevrange", "z", 0, 1), call("zrevrange", "z", 0, -1, True)],
    "zrevrangebyscore": [*SCORES, call("zrevrangebyscore", "z", 3, 2),
                         call("zrevrangebyscore", "z", "+inf", "-inf", withscores=True)],
    "zscore": [*SCORES, call("zscore", "z", "two"), call("zscore", "z", "none")],
}  # fmt: skip
"""By method: what leads to it, it, and what it led to."""

OF_CLIENT: dict[str, Callable[[Any], Any]] = {
    "get_client": lambda client: client.get_client(write=True).exists("nothing"),
    "make_key": lambda client: [
        str(client.make_key("k")), str(client.make_key("k", version=2, prefix="p")),
    ],
    "make_pattern": lambda client: [
        str(client.make_pattern("k*")), str(client.make_pattern("k*", version=2, prefix="p")),
    ],
    "reverse_key": lambda client: client.reverse_key("parity:1:a:b"),
}  # fmt: skip
"""By method of ``cache.client`` that asks for nothing: what is looked at."""
