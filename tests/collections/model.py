"""What the operations are to do, on plain Python values: the judge of every store.

Members with equal scores have no order to rely on: the tests give none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from surecache.errors import WrongKind

KINDS = {"s": set, "h": dict, "z": dict, "l": list, "r": list}


class Model:
    """Collections by key. A sorted set is a dict of scores in a pair with its mark."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[str, Any]] = {}

    def call(self, name: str, *arguments: Any, **named: Any) -> Any:
        operation: Callable[..., Any] = getattr(self, f"_{name}")
        return operation(*arguments, **named)

    def _there(self, key: str, kind: str) -> Any:
        found, held = self.held.get(key, (kind, None))
        if found != kind:
            raise WrongKind
        return KINDS[kind]() if held is None else held

    def _keep(self, key: str, kind: str, held: Any) -> None:
        if held:
            self.held[key] = (kind, held)
        else:
            self.held.pop(key, None)

    def _delete(self, key: str) -> bool:
        return self.held.pop(key, None) is not None

    def _has_key(self, key: str) -> bool:
        return key in self.held

    # Sets.

    def _sadd(self, key: str, *values: Any) -> int:
        held = self._there(key, "s")
        self._keep(key, "s", held | set(values))
        return len(set(values) - held)

    def _srem(self, key: str, *members: Any) -> int:
        held = self._there(key, "s")
        self._keep(key, "s", held - set(members))
        return len(held & set(members))

    def _scard(self, key: str) -> int:
        return len(self._there(key, "s"))

    def _smembers(self, key: str) -> Any:
        return self._there(key, "s")

    def _sismember(self, key: str, member: Any) -> bool:
        return member in self._there(key, "s")

    def _smismember(self, key: str, *members: Any) -> list[bool]:
        held = self._there(key, "s")
        return [member in held for member in members]

    def _smove(self, source: str, destination: str, member: Any) -> bool:
        held = self._there(source, "s")
        if not held:
            return False
        self._there(destination, "s")
        if member in held:
            self._srem(source, member)
            self._sadd(destination, member)
        return member in held

    def _sdiff(self, first: str, *keys: str) -> Any:
        sets = [self._there(key, "s") for key in keys]
        return self._there(first, "s").difference(*sets)

    def _sinter(self, first: str, *keys: str) -> Any:
        sets = [self._there(key, "s") for key in keys]
        return self._there(first, "s").intersection(*sets)

    def _sunion(self, first: str, *keys: str) -> Any:
        sets = [self._there(key, "s") for key in keys]
        return self._there(first, "s").union(*sets)

    def _stored(self, destination: str, made: Any) -> int:
        self._keep(destination, "s", made)
        return len(made)

    def _sdiffstore(self, destination: str, *keys: str) -> int:
        return self._stored(destination, self._sdiff(*keys))

    def _sinterstore(self, destination: str, *keys: str) -> int:
        return self._stored(destination, self._sinter(*keys))

    def _sunionstore(self, destination: str, *keys: str) -> int:
        return self._stored(destination, self._sunion(*keys))

    # Hashes.

    def _hset(self, key: str, field: Any = None, value: Any = None, mapping: Any = None) -> int:
        held = self._there(key, "h")
        given = {**(mapping or {}), **({} if field is None else {field: value})}
        self._keep(key, "h", {**held, **given})
        return len(given.keys() - held.keys())

    def _hget(self, key: str, field: Any) -> Any:
        return self._there(key, "h").get(field)

    def _hmget(self, key: str, fields: Any) -> list[Any]:
        held = self._there(key, "h")
        return [held.get(field) for field in fields]

    def _hgetall(self, key: str) -> Any:
        return self._there(key, "h")

    def _hvals(self, key: str) -> Any:
        return sorted(self._there(key, "h").values(), key=repr)

    def _hkeys(self, key: str) -> Any:
        return sorted(self._there(key, "h"), key=repr)

    def _hlen(self, key: str) -> int:
        return len(self._there(key, "h"))

    def _hexists(self, key: str, field: Any) -> bool:
        return field in self._there(key, "h")

    def _hdel(self, key: str, field: Any) -> int:
        held = self._there(key, "h")
        self._keep(key, "h", {each: value for each, value in held.items() if each != field})
        return int(field in held)

    # Sorted sets.

    def _zadd(self, key: str, mapping: Any, **rule: bool) -> Any:
        held = self._there(key, "z")
        after, added, changed, last = dict(held), 0, 0, None
        for member, given in mapping.items():
            before = held.get(member)
            score = float(given) + (before if rule.get("incr") and before is not None else 0)
            if before is None:
                allowed = not rule.get("xx")
            else:
                allowed = not (
                    rule.get("nx")
                    or (rule.get("gt") and score <= before)
                    or (rule.get("lt") and score >= before)
                )
            if allowed:
                after[member] = last = score
                added += before is None
                changed += before is not None and before != score
        self._keep(key, "z", after)
        if rule.get("incr"):
            return last
        return added + changed if rule.get("ch") else added

    def _zincrby(self, key: str, amount: float, value: Any) -> float:
        return float(self._zadd(key, {value: amount}, incr=True))

    def _zcard(self, key: str) -> int:
        return len(self._there(key, "z"))

    def _zscore(self, key: str, value: Any) -> Any:
        return self._there(key, "z").get(value)

    def _pairs(self, key: str, falls: bool = False) -> list[tuple[Any, float]]:
        held = self._there(key, "z")
        return sorted(held.items(), key=lambda pair: pair[1], reverse=falls)

    def _within(self, key: str, low: Any, high: Any, falls: bool = False) -> Any:
        def beyond(end: Any, score: float, above: bool) -> bool:
            exclusive = isinstance(end, str) and end.startswith("(")
            limit = float(end.removeprefix("(") if isinstance(end, str) else end)
            if score == limit:
                return exclusive
            return (score < limit) if above else (score > limit)

        return [
            (member, score)
            for member, score in self._pairs(key, falls)
            if not beyond(low, score, True) and not beyond(high, score, False)
        ]

    def _zcount(self, key: str, low: Any, high: Any) -> int:
        return len(self._within(key, low, high))

    def _zrange(
        self, key: str, start: int, end: int, desc: bool = False, withscores: bool = False
    ) -> Any:
        pairs = _part(self._pairs(key, desc), start, end)
        return pairs if withscores else [member for member, _ in pairs]

    def _zrevrange(self, key: str, start: int, end: int, withscores: bool = False) -> Any:
        return self._zrange(key, start, end, True, withscores)

    def _limited(self, pairs: Any, start: Any, num: Any, withscores: bool) -> Any:
        if start is not None:
            pairs = [] if start < 0 else pairs[start:] if num < 0 else pairs[start : start + num]
        return pairs if withscores else [member for member, _ in pairs]

    def _zrangebyscore(
        self, key: str, low: Any, high: Any, start: Any, num: Any, withscores: bool
    ) -> Any:
        return self._limited(self._within(key, low, high), start, num, withscores)

    def _zrevrangebyscore(
        self, key: str, high: Any, low: Any, start: Any, num: Any, withscores: bool
    ) -> Any:
        return self._limited(self._within(key, low, high, True), start, num, withscores)

    def _rank(self, key: str, value: Any, withscore: bool, falls: bool) -> Any:
        for rank, (member, score) in enumerate(self._pairs(key, falls)):
            if member == value:
                return [rank, score] if withscore else rank
        return None

    def _zrank(self, key: str, value: Any, withscore: bool = False) -> Any:
        return self._rank(key, value, withscore, False)

    def _zrevrank(self, key: str, value: Any, withscore: bool = False) -> Any:
        return self._rank(key, value, withscore, True)

    def _without(self, key: str, gone: Any) -> int:
        held = self._there(key, "z")
        after = {member: score for member, score in held.items() if member not in gone}
        self._keep(key, "z", after)
        return len(held) - len(after)

    def _zrem(self, key: str, *values: Any) -> int:
        return self._without(key, values)

    def _zremrangebyscore(self, key: str, low: Any, high: Any) -> int:
        return self._without(key, [member for member, _ in self._within(key, low, high)])

    def _zremrangebyrank(self, key: str, start: int, end: int) -> int:
        return self._without(key, self._zrange(key, start, end))

    def _popped(self, key: str, count: Any, falls: bool) -> Any:
        pairs = self._pairs(key, falls)[: 1 if count is None else count]
        self._without(key, [member for member, _ in pairs])
        if count is not None:
            return pairs
        return pairs[0] if pairs else None

    def _zpopmin(self, key: str, count: Any = None) -> Any:
        return self._popped(key, count, False)

    def _zpopmax(self, key: str, count: Any = None) -> Any:
        return self._popped(key, count, True)

    # Lists.

    def _lpush(self, key: str, *values: Any) -> int:
        self._keep(key, "l", [*reversed(values), *self._there(key, "l")])
        return self._llen(key)

    def _rpush(self, key: str, *values: Any) -> int:
        self._keep(key, "l", [*self._there(key, "l"), *values])
        return self._llen(key)

    def _llen(self, key: str) -> int:
        return len(self._there(key, "l"))

    def _ended(self, key: str, count: Any, turned: bool) -> Any:
        held = self._there(key, "l")[:: -1 if turned else 1]
        number = 1 if count is None else count
        taken, rest = held[:number], held[number:]
        self._keep(key, "l", rest[:: -1 if turned else 1])
        if count is not None:
            return taken
        return taken[0] if taken else None

    def _lpop(self, key: str, count: Any = None) -> Any:
        return self._ended(key, count, False)

    def _rpop(self, key: str, count: Any = None) -> Any:
        return self._ended(key, count, True)

    def _lrange(self, key: str, start: int, end: int) -> Any:
        return _part(self._there(key, "l"), start, end)

    def _lindex(self, key: str, index: int) -> Any:
        held = self._there(key, "l")
        return held[index] if -len(held) <= index < len(held) else None

    def _lrem(self, key: str, count: int, value: Any) -> int:
        held = self._there(key, "l")
        places = [place for place, each in enumerate(held) if each == value]
        if count:
            places = places[:count] if count > 0 else places[count:]
        self._keep(key, "l", [each for place, each in enumerate(held) if place not in places])
        return len(places)

    def _lset(self, key: str, index: int, value: Any) -> bool:
        held = self._there(key, "l")
        if not -len(held) <= index < len(held):
            raise IndexError
        after = list(held)
        after[index] = value
        self._keep(key, "l", after)
        return True

    def _ltrim(self, key: str, start: int, end: int) -> bool:
        self._keep(key, "l", _part(self._there(key, "l"), start, end))
        return True


def _part(items: list[Any], start: int, end: int) -> list[Any]:
    """From one index to another, both included; negative ones count from the end."""
    start, end = (place + len(items) if place < 0 else place for place in (start, end))
    return items[max(start, 0) : max(end + 1, 0)]
