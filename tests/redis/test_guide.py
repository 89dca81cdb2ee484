"""The rights on the server that the guide lists: enough, and none that is refused on the way."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import override_settings
from surecache.django import Region, Scope, Tag, invalidate
from surecache.errors import WrongKind

GUIDE = Path(__file__).resolve().parents[2] / "docs/guides/redis.md"
CACHE = {"BACKEND": "surecache.django.SureCache", "KEY_PREFIX": "prod"}


def _rights() -> list[str]:
    (line,) = re.findall(r"^ACL SETUSER .*$", GUIDE.read_text(), re.M)
    return line.replace("PASSWORD", "word").split()


def test_the_rights_in_the_guide_are_enough(redis_server):
    assert redis_server.ask(*_rights()) == b"+OK"
    location = redis_server.location.replace("unix://", "unix://surecache:word@")
    # Two that differ in an option are two stores of one namespace, as two processes have them.
    one = {**CACHE, "LOCATION": location}
    two = {**one, "OPTIONS": {"timeout": 0.5}}
    with override_settings(CACHES={"default": one, "other": two}):
        _use(caches["default"])
        _use_collections(caches["default"])
        _wait(caches["default"], caches["other"])
        _read_a_region()
        _lock(caches["default"], caches["other"])
        engine = caches["default"].engine
        engine.report()
        assert engine.statistics()
        caches["default"].clear()
        assert caches["default"].get("key") is None
    assert redis_server.ask("ACL", "LOG") == b"*0"


def _use(cache):
    cache.set("key", {"a": 1})
    assert cache.get("key") == {"a": 1}
    cache.set("number", 1, timeout=None)
    assert cache.incr("number") == 2
    assert cache.touch("number", 60)
    assert cache.add("number", 1) is False
    assert cache.get_many(["key", "number"]) == {"key": {"a": 1}, "number": 2}
    assert cache.delete("number")


def _use_collections(cache):
    assert cache.sadd("set", 1, 2) == 2
    assert cache.sinterstore("other", "set", "set") == 2
    assert cache.zadd("scores", {"a": 1}) == 1
    assert cache.hset("hash", "field", "value") == 1
    assert cache.rpush("list", 1) == 1
    with pytest.raises(WrongKind):
        cache.get("set")
    assert cache.expire("set", 60)
    assert cache.ttl("set") > 0
    assert cache.persist("set")
    with override_settings(SECRET_KEY="a newer secret", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        newer = type(cache)(cache.settings.location, {"KEY_PREFIX": "prod"})
        assert newer.srem("set", 1) == 1


def _wait(one, other):
    """The second waits for the load of the first, which must be told to it."""
    begun, go_on, answers = threading.Event(), threading.Event(), []

    def load():
        begun.set()
        go_on.wait(20)
        return "loaded once"

    def never():
        raise AssertionError("wanted to wait for the other load")

    threads = [threading.Thread(target=lambda: answers.append(one.get_or_set("slow", load)))]
    threads[0].start()
    begun.wait(20)
    threads.append(threading.Thread(target=lambda: answers.append(other.get_or_set("slow", never))))
    threads[1].start()
    threading.Timer(0.3, go_on.set).start()
    for thread in threads:
        thread.join(20)
    assert answers == ["loaded once", "loaded once"]


def _lock(one, other):
    """With a waiter, who listens."""
    lock = one.lock("k", timeout=60)
    assert lock.acquire()
    assert not other.lock("k").acquire(blocking_timeout=0.05)
    assert lock.extend(1)
    assert lock.owned()
    lock.release()
    assert one.engine.eviction() is None


def _read_a_region():
    region = Region("guided", key={}, scope=Scope.public("a test"), depends_on=[Tag("rates")])
    loads = []

    def load():
        loads.append(1)
        return len(loads)

    assert [region.get_or_load(load), region.get_or_load(load)] == [1, 1]
    invalidate(Tag("rates"))
    assert region.get_or_load(load) == 2
