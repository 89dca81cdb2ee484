"""`clear` takes the entries of its namespace, every version of them, and nothing else."""

import pytest
from django.core.cache import caches
from surecache.django import ABSENT, SureCache

BACKEND = "surecache.django.SureCache"
OF_OTHERS = [
    "celery",
    "celery-task-meta-1",
    "prod",
    "prod:lock:x",
    "prod:lock:1:x",
    "prod:l",
    "prod:1",
    "prod2",
    "production:1:key",
    "xprod:1:key",
    "1:key",
    "lock:x",
    ":lock:x",
    "_kombu.binding.celery",
]


@pytest.fixture
def made(redis_server):
    """Makes caches on one server, by their prefixes."""

    def cache(prefix: str, database: int = 0, **more) -> SureCache:
        return SureCache(f"{redis_server.location}?db={database}", {"KEY_PREFIX": prefix, **more})

    return cache


def plant(server):
    """Keys of other programs, of several types."""
    for key in OF_OTHERS:
        server.ask("SET", key, "of another program")
    server.ask("HSET", "prod:hash", "field", "value")
    server.ask("RPUSH", "prod:list", "value")


def are_there(server):
    keys = [*OF_OTHERS, "prod:hash", "prod:list"]
    return server.ask("EXISTS", *keys) == b":%d" % len(keys)


def fill(cache, call):
    """Of several versions; more than one batch of a scan has."""
    items = {f"key:{number}": number for number in range(2000)}
    assert call(cache, "set_many", items) == []
    call(cache, "set", "key", "of version 7", version=7)
    call(cache, "set", "for-ever", "value", None)


def is_empty(cache, call):
    found = call(cache, "get_many", [f"key:{number}" for number in range(2000)])
    seventh = call(cache, "get", "key", version=7)
    return (found, seventh, call(cache, "get", "for-ever")) == ({}, None, None)


def is_full(cache, call):
    found = call(cache, "get_many", [f"key:{number}" for number in range(2000)])
    return len(found) == 2000 and call(cache, "get", "key", version=7) == "of version 7"


@pytest.mark.parametrize(
    ("cleared", "kept"),
    [
        ("prod", ["prod2", "pro", "xprod", "PROD", ""]),
        ("prod2", ["prod", "prod22"]),
        ("", ["prod", "x"]),
        ("p*", ["prod", "p", "px"]),
        ("p?od", ["prod", "p*od"]),
        ("[p]rod", ["prod", "[p]rod2"]),
        ("[^x]rod", ["prod"]),
        ("pr\\od", ["prod", "pr\\\\od"]),
        ("*", ["prod", ""]),
        ("prod:eu", ["prod", "prod:us"]),
    ],
)
@pytest.mark.filterwarnings("ignore::django.core.cache.CacheKeyWarning")
def test_it_takes_its_own_prefix_by_the_letter(made, redis_server, call, cleared, kept):
    plant(redis_server)
    caches_kept = [made(prefix) for prefix in kept]
    for cache in (made(cleared), *caches_kept):
        fill(cache, call)
    call(made(cleared), "clear")
    assert is_empty(made(cleared), call)
    assert [is_full(cache, call) for cache in caches_kept] == [True] * len(kept)
    assert are_there(redis_server)


def test_it_takes_keys_of_the_application_s_own_form(made, redis_server, call):
    def named(key, prefix, version):
        return f"{version}|{prefix}|{key}"

    plant(redis_server)
    cache, other = (made(prefix, KEY_FUNCTION=named) for prefix in ("prod", "prod2"))
    fill(cache, call)
    fill(other, call)
    call(cache, "clear")
    assert is_empty(cache, call)
    assert is_full(other, call)
    assert are_there(redis_server)


def test_it_stays_in_its_database(made, call):
    cache, other = made("prod"), made("prod", database=1)
    fill(cache, call)
    fill(other, call)
    call(cache, "clear")
    assert is_empty(cache, call)
    assert is_full(other, call)


def test_it_ends_the_answers_of_its_regions_and_of_no_other(settings, redis_server, declare, call):
    def alias(prefix):
        return {"BACKEND": BACKEND, "LOCATION": redis_server.location, "KEY_PREFIX": prefix}

    settings.CACHES = {"default": alias("prod"), "other": alias("prod2")}
    region, other = declare(), declare(cache="other")
    for each in (region, other):
        each.get_or_load(lambda **_: "answer", id=1)
    call(caches["default"], "clear")
    assert [region.peek(id=1), other.peek(id=1)] == [ABSENT, "answer"]


def test_a_computation_that_runs_meanwhile_stores_its_value(made, redis_server, call):
    """Its lease is a lock that somebody holds: it is not taken away."""
    cache = made("prod")

    def compute():
        call(cache, "clear")
        return "computed"

    assert cache.get_or_set("key", compute) == "computed"
    assert cache.get("key") == "computed"


def test_a_server_that_is_empty(made, call):
    call(made("prod"), "clear")
