"""The locks of django-redis, redis-py's, beside those here: what they take, give and raise.

django-redis has none for tasks; redis-py has.
"""

from __future__ import annotations

import asyncio
import inspect

import pytest
import redis
from django_redis.cache import RedisCache
from redis.asyncio.lock import Lock as TheirAsyncLock
from redis.lock import Lock as TheirLock
from surecache import errors
from surecache.django import SureCache
from surecache.django._holders import AsyncLock, Lock

METHODS = ["acquire", "extend", "locked", "owned", "reacquire", "release"]

LIFE_S = 60

THEIRS = {
    errors.LockLost: redis.exceptions.LockNotOwnedError,
    errors.LockNotHeld: redis.exceptions.LockError,
    errors.LockTimeout: redis.exceptions.LockError,
}
"""The error of theirs that stands for each of ours."""

HELD = [("one", "acquire")]
PLAYS = {
    "a lock that is held": [
        *HELD, ("other", "acquire", False), ("other", "acquire", {"blocking_timeout": 0.05}),
        ("one", "locked"), ("other", "locked"), ("one", "owned"), ("other", "owned"),
        ("other", "release"), ("other", "extend", 5), ("other", "reacquire"), ("one", "owned"),
    ],
    "a lock that is prolonged": [
        *HELD, ("one", "extend", 5), ("one", "extend", 5, True), ("one", "reacquire"),
        ("one", "owned"),
    ],
    "a lock that is free": [
        ("one", "locked"), ("one", "owned"), ("one", "release"), ("one", "extend", 5),
        ("one", "reacquire"),
    ],
    "a lock that was given back": [
        *HELD, ("one", "release"), ("one", "locked"), ("one", "owned"), ("one", "release"),
        ("other", "acquire"), ("other", "release"),
    ],
    "a lock that was lost": [
        *HELD, ("server", "FLUSHALL"), ("one", "owned"), ("one", "locked"), ("one", "extend", 5),
        ("one", "reacquire"), ("one", "release"), ("other", "acquire"),
    ],
    "a lock that was lost and given back": [
        *HELD, ("server", "FLUSHALL"), ("other", "acquire"), ("one", "release"), ("one", "owned"),
        ("other", "owned"), ("other", "release"),
    ],
}  # fmt: skip
"""By what happens: steps of two lock objects of one key, and commands of the server."""


@pytest.mark.parametrize("name", ["lock", "alock"])
def test_a_lock_takes_what_theirs_takes(name):
    asked = inspect.signature(redis.Redis.lock).parameters.values()
    taken = inspect.signature(getattr(SureCache, name)).parameters
    wanted = {each.name: each.default for each in asked if each.name not in {"self", "name"}}
    assert sorted(set(wanted) - set(taken)) == []
    differ = {each for each in wanted if wanted[each] != taken[each].default}
    assert differ <= {"sleep"}
    assert list(taken) == list(inspect.signature(SureCache.lock).parameters)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize(
    ("ours", "their"), [(Lock, TheirLock), (AsyncLock, TheirAsyncLock)], ids=["lock", "alock"]
)
def test_a_method_of_a_lock_takes_what_theirs_takes(ours, their, name):
    asked, taken = (inspect.signature(getattr(each, name)).parameters for each in (their, ours))
    assert list(taken)[: len(asked)] == list(asked)
    assert [(each, asked[each].default) for each in asked if each != "self"] == [
        (each, taken[each].default) for each in asked if each != "self"
    ]


@pytest.fixture
def theirs(redis_server):
    cache = RedisCache(f"unix://{redis_server.socket}?db=5", {"KEY_PREFIX": "parity"})
    yield cache
    cache.client.do_close_clients()


def _told(error):
    kind = THEIRS.get(type(error), type(error))
    return kind.__name__


async def _seen(steps, locks, server):
    """What each step gave; of an error its kind."""
    seen = []
    for name, method, *arguments in steps:
        if name == "server":
            assert server.ask(method) == b"+OK"
            continue
        named = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
        if method == "acquire" and arguments:
            named, arguments = {"blocking": arguments[0]}, []
        try:
            result = getattr(locks[name], method)(*arguments, **named)
            result = await result if inspect.isawaitable(result) else result
        except (redis.exceptions.LockError, errors.LockError) as error:
            result = _told(error)
        seen.append((name, method, result))
    return seen


@pytest.mark.parametrize("what", PLAYS)
@pytest.mark.parametrize("name", ["lock", "alock"])
def test_a_lock_does_what_theirs_does(redis_server, theirs, name, what):
    ours = SureCache(redis_server.location, {"KEY_PREFIX": "parity"})
    found = []
    for make in (getattr(ours, name), theirs.lock):
        locks = {each: make("job", timeout=LIFE_S) for each in ("one", "other")}
        found.append(asyncio.run(_seen(PLAYS[what], locks, redis_server)))
    assert found[0] == found[1]


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_block_that_cannot_have_the_lock_ends_with_an_error_of_the_same_kind(
    redis_server, theirs, is_ours
):
    cache = SureCache(redis_server.location, {}) if is_ours else theirs
    assert cache.lock("job", timeout=LIFE_S).acquire() is True
    wanted = errors.LockTimeout if is_ours else redis.exceptions.LockError
    with pytest.raises(wanted), cache.lock("job", timeout=LIFE_S, blocking_timeout=0.05):
        pass
