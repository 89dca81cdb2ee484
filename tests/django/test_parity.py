"""All that the installed django-redis has is here, takes the same arguments and does the same.

The methods are listed by introspection, so none can be forgotten, one of a later release included.
Each is played on both caches, step by step, and the results are compared.
"""

import inspect
from collections.abc import AsyncIterator, Awaitable, Iterator

import pytest
import redis
from asgiref.sync import async_to_sync
from django.conf import settings
from django_redis.cache import RedisCache
from django_redis.client import DefaultClient
from surecache.django import SureCache
from surecache.django._clients import Client

from tests.django.parity import OF_CLIENT, PLAYS

PLUMBING = {
    "client": "an attribute; its methods are looked at",
    "connect": "connections are the store's",
    "connection_factory": "connections are the store's",
    "decode": "a value is sealed for its key; see the guide",
    "disconnect": "connections are the store's",
    "do_close_clients": "connections are the store's",
    "encode": "a value is sealed for its key; see the guide",
    "get_client_with_index": "there is one server",
    "get_next_client_index": "there is one server",
}
"""What callers of a cache do not call, and why it is not here."""

NOT_TAKEN = {"client"}
"""Parameters that are not taken: a client of redis-py would write what is not sealed."""


@pytest.fixture
def theirs(server):
    """The installed django-redis, in a database of its own."""
    location = f"unix://{server.socket}?db=5"
    cache = RedisCache(location, {"KEY_PREFIX": "parity"})
    cache.clear()
    yield cache
    cache.client.do_close_clients()


@pytest.fixture
def ours(alias):
    cache = SureCache(settings.CACHES[alias]["LOCATION"], {"KEY_PREFIX": "parity"})
    cache.clear()
    return cache


def public():
    """The names of their cache's and client's own public methods and attributes."""
    client = RedisCache("redis://nobody", {}).client
    own = {name for cls in (RedisCache, DefaultClient) for name in names_of(cls)}
    return own | {name for name in vars(client) if not name.startswith("_")}


def names_of(cls):
    own = [each for each in cls.__mro__ if each.__module__.startswith("django_redis")]
    return {name for each in own for name in vars(each) if not name.startswith("_")}


METHODS = sorted(public() - set(PLUMBING))


def of_ours(name):
    """Where callers find it."""
    return getattr(Client if name in vars(Client) else SureCache, name)


def of_theirs(name):
    return getattr(DefaultClient, name, None) or getattr(RedisCache, name, None)


def test_there_are_methods():
    assert {"get", "delete_pattern", "zadd", "reverse_key"} <= set(METHODS)
    assert set(PLUMBING) <= public()


def test_every_method_is_played():
    played = {*PLAYS, *OF_CLIENT}
    assert (sorted(set(METHODS) - played), sorted(played - set(METHODS))) == ([], [])


@pytest.mark.parametrize("name", [name for name in METHODS if of_theirs(name)])
def test_a_method_takes_the_same_arguments(name):
    asked = inspect.signature(of_theirs(name)).parameters.values()
    taken = inspect.signature(of_ours(name)).parameters
    assert [each.name for each in asked if each.name not in {*taken, *NOT_TAKEN}] == []
    by_place = []
    for each in asked:
        if each.name == "client" or each.kind is not each.POSITIONAL_OR_KEYWORD:
            break
        by_place.append(each.name)
    assert list(taken)[: len(by_place)] == by_place


@pytest.mark.parametrize("name", [name for name in METHODS if name not in {*OF_CLIENT, "lock"}])
def test_a_method_has_a_twin_that_takes_the_same(name):
    twin = getattr(SureCache, f"a{name}")
    assert inspect.iscoroutinefunction(twin) or inspect.isasyncgenfunction(twin)
    own, other = (inspect.signature(each).parameters for each in (of_ours(name), twin))
    assert list(own) == list(other)


def play(steps, call):
    """What is seen of each step; of an error its type."""
    seen = []
    for step in steps:
        try:
            result = call(step.name, *step.arguments, **step.named)
        except (ValueError, TypeError) as error:
            seen.append((step.name, type(error)))
            continue
        result = list(result) if isinstance(result, Iterator) else result
        seen.append((step.name, step.seen and step.seen(result)))
    return seen


def through(cache, is_async):
    """Calls by plain names, or through the twins on an event loop."""
    if not is_async:
        return lambda name, *arguments, **named: getattr(cache, name)(*arguments, **named)

    async def twin(name, *arguments, **named):
        called = getattr(cache, f"a{name}")(*arguments, **named)
        if isinstance(called, AsyncIterator):
            return [each async for each in called]
        return await called if isinstance(called, Awaitable) else called

    return async_to_sync(twin)


@pytest.mark.parametrize("name", [name for name in METHODS if name in PLAYS])
def test_a_method_does_the_same(theirs, ours, door, name):
    steps = PLAYS[name]
    assert any(step.name == name for step in steps)
    assert play(steps, through(ours, door.is_async)) == play(steps, through(theirs, False))


@pytest.mark.parametrize("name", sorted(OF_CLIENT))
@pytest.mark.parametrize("alias", ["redis"])
def test_a_method_of_the_client_gives_the_same(theirs, ours, name):
    assert OF_CLIENT[name](ours.client) == OF_CLIENT[name](theirs.client)
    assert isinstance(ours.client.get_client(), redis.Redis)


@pytest.mark.parametrize(
    ("prefix", "found_by_theirs"),
    [("a:b", ["1:key"]), ("a\\b", [])],
    ids=["a colon is taken for the end of the prefix", "a backslash is taken for a sign"],
)
def test_a_prefix_of_any_signs_is_no_part_of_keys(server, alias, prefix, found_by_theirs):
    """Here they are what was set; there they are something else."""
    ours = SureCache(settings.CACHES[alias]["LOCATION"], {"KEY_PREFIX": prefix})
    theirs = RedisCache(f"unix://{server.socket}?db=5", {"KEY_PREFIX": prefix})
    for cache in (ours, theirs):
        cache.clear()
        cache.set("key", 1)
    assert (ours.keys("k*"), theirs.keys("k*")) == (["key"], found_by_theirs)
    ours.clear()
    theirs.client.do_close_clients()


def test_a_load_that_runs_is_void_after_a_deletion_by_pattern_here_alone(theirs, ours):
    """Theirs stores what was read before the write that the deletion was for."""

    def load_and_delete(cache):
        cache.delete_pattern("report:*")
        return "old"

    stored = []
    for cache in (ours, theirs):
        cache.get_or_set("report:1", lambda cache=cache: load_and_delete(cache))
        stored.append(cache.get("report:1"))
    assert stored == [None, "old"]
