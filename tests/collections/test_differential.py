"""The same random operations on a store and on plain Python values give the same answers."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from surecache.errors import WrongKind

from tests.collections.model import Model

MEMBERS = [0, 1, -(2**63), 2**64, "1", "", b"1", None, ("a", 1), frozenset({"x", "y"}), 1.5]
"""None of them is equal to another: Python's sets tell them apart as stores do."""

_runs = itertools.count()
_key = st.sampled_from(["a", "b", "c"])
_member = st.sampled_from(MEMBERS)
_members = st.lists(_member, min_size=1, max_size=4)
_field = _member.filter(lambda member: member is not None)
_value = st.one_of(st.none(), st.integers(), st.text(max_size=3), st.lists(st.booleans()))
_place = st.integers(-5, 5)
_count = st.one_of(st.none(), st.integers(0, 4))
_flag = st.booleans()
_step = st.integers(-4, 4).map(lambda number: 16.0 * number)
_end = st.one_of(
    st.integers(-80, 80), st.integers(-80, 80).map("({}".format), st.sampled_from(["-inf", "+inf"])
)
_limit = st.one_of(st.just((None, None)), st.tuples(st.integers(-1, 3), st.integers(-1, 3)))


@st.composite
def _scores(draw: Any, most: int = 4) -> dict[Any, float]:
    """No two members ever have the same score: of sixteen, each has its own."""
    members = draw(st.lists(_member, min_size=1, max_size=most, unique_by=repr))
    return {member: draw(_step) + MEMBERS.index(member) for member in members}


@st.composite
def _ruled(draw: Any) -> tuple[Any, ...]:
    rule = {"ch": draw(_flag), draw(st.sampled_from(["nx", "xx", "gt", "lt"])): draw(_flag)}
    return ("zadd", (draw(_key), draw(_scores())), rule)


@st.composite
def _summed(draw: Any) -> tuple[Any, ...]:
    """A sum keeps scores apart where the member is there; where not, its own number is missing."""
    return ("zincrby", (draw(_key), draw(_step), draw(_member)), {"there": True})


def _asked(name: str, *arguments: Any) -> Any:
    return st.tuples(st.just(name), st.tuples(_key, *arguments), st.just({}))


def _asked_of(name: str, *arguments: Any) -> Any:
    """With many members behind the key."""
    return st.tuples(_key, *arguments, _members).map(
        lambda parts: (name, (*parts[:-1], *parts[-1]), {})
    )


def _asked_keys(name: str) -> Any:
    return st.lists(_key, min_size=2, max_size=3).map(lambda keys: (name, tuple(keys), {}))


SETS = [
    *map(_asked_of, ["sadd", "sadd", "srem", "smismember"]),
    *map(_asked, ["scard", "smembers"]),
    _asked("sismember", _member),
    _asked("smove", _key, _member),
    *map(_asked_keys, ["sdiff", "sinter", "sunion", "sdiffstore", "sinterstore", "sunionstore"]),
]
HASHES = [
    *[_asked("hset", _field, _value)] * 2,
    _asked("hset", st.none(), st.none(), st.dictionaries(_member, _value, min_size=1, max_size=3)),
    *map(_asked, ["hgetall", "hkeys", "hlen", "hvals"]),
    *[_asked(name, _field) for name in ("hdel", "hexists", "hget")],
    _asked("hmget", _members.map(tuple)),
]
SORTED_SETS = [
    _ruled(),
    _ruled(),
    _summed(),
    _asked("zcard"),
    _asked("zcount", _end, _end),
    *[_asked(name, _count) for name in ("zpopmax", "zpopmin")],
    _asked("zrange", _place, _place, _flag, _flag),
    _asked("zrevrange", _place, _place, _flag),
    *[
        st.tuples(_key, _end, _end, _limit, _flag).map(
            lambda parts, name=name: (name, (*parts[:3], *parts[3], parts[4]), {})
        )
        for name in ("zrangebyscore", "zrevrangebyscore")
    ],
    *[_asked(name, _member, _flag) for name in ("zrank", "zrevrank")],
    _asked_of("zrem"),
    _asked("zremrangebyrank", _place, _place),
    _asked("zremrangebyscore", _end, _end),
    _asked("zscore", _member),
]
LISTS = [
    *map(_asked_of, ["lpush", "rpush"]),
    *[_asked(name, _count) for name in ("lpop", "rpop")],
    _asked("lrange", _place, _place),
    _asked("llen"),
    _asked("lindex", _place),
    _asked("lrem", st.integers(-2, 2), _member),
    _asked("lset", _place, _member),
    _asked("ltrim", _place, _place),
]
COMMON = [_asked("delete"), _asked("has_key")]
GROUPS = {"sets": SETS, "hashes": HASHES, "sorted sets": SORTED_SETS, "lists": LISTS}
GROUPS["all kinds"] = [operation for group in GROUPS.values() for operation in group]


def _outcome(call: Any, *asked: Any, **named: Any) -> Any:
    try:
        return call(*asked, **named)
    except (WrongKind, IndexError) as error:
        return type(error)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("group", GROUPS)
def test_a_store_does_what_plain_values_do(cache, call, group):
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.one_of(*GROUPS[group], *COMMON), max_size=25))
    def check(operations: list[Any]) -> None:
        model, version = Model(), next(_runs)
        named = {"version": version}
        for name, arguments, rule in operations:
            if rule.get("there"):
                if _outcome(model.call, "zscore", arguments[0], arguments[2]) is None:
                    continue
                rule = {}
            wanted = _outcome(model.call, name, *arguments, **rule)
            versions = named
            if name == "sdiffstore":
                versions = {"version_dest": version, "version_keys": version}
            found = _outcome(call, cache, name, *arguments, **rule, **versions)
            if name in ("hkeys", "hvals") and found is not WrongKind:
                found = sorted(found, key=repr)
            assert (found, type(found)) == (wanted, type(wanted)), (name, arguments, rule)

    check()
