"""A service behind sentinels, from Django: whoever calls follows its primary."""

import contextlib
import socket
import tempfile
import time
from pathlib import Path

import pytest
from django.core.cache import caches
from surecache.django import get_redis_connection
from surecache.errors import Unavailable

from tests.servers import RedisServer

PATIENCE_S = 25
SENTINEL = """
sentinel monitor shop 127.0.0.1 {port} 2
sentinel down-after-milliseconds shop 500
sentinel failover-timeout shop 2000
"""


def free_ports(count):
    with contextlib.ExitStack() as held:
        chosen = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in chosen]


def until(is_so):
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def knows_all(sentinel):
    """The two others, and the replica: the heads of what it answers are their numbers."""
    heads = [sentinel.ask("SENTINEL", what, "shop") for what in ("SENTINELS", "REPLICAS")]
    return heads == [b"*2", b"*1"]


@pytest.fixture
def service():
    """A primary and its replica, both with the user ``u``, and the location by three sentinels."""
    ports = free_ports(5)
    with contextlib.ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="surecache-redis-")))

        def started(name, port, sentinel=None):
            server = RedisServer(folder / name, ("--port", str(port)), sentinel)
            return running.enter_context(server)

        servers = primary, replica = [started(str(port), port) for port in ports[:2]]
        for server in servers:
            assert server.ask("ACL", "SETUSER", "u", "on", ">p", "~*", "&*", "+@all") == b"+OK"
        replica.ask("REPLICAOF", "127.0.0.1", str(ports[0]))
        until(lambda: b"master_link_status:up" in replica.ask("INFO", "replication"))
        watched = SENTINEL.format(port=ports[0])
        sentinels = [started(str(port), port, watched) for port in ports[2:]]
        until(lambda: all(map(knows_all, sentinels)))
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports[2:])
        yield primary, replica, f"redis+sentinel://u:p@{hosts}/shop"


def test_a_primary_that_was_replaced_and_still_answers_is_left(at, service, call):
    """To the sentinels it is down, to everybody else it is there and says that it is a primary."""
    primary, replica, location = service
    cache = at(location)
    call(cache, "set", "key", "before")
    assert call(cache, "get", "key") == "before"
    # No way to demote it, too.
    assert primary.ask("ACL", "SETUSER", "default", "-ping", "-slaveof") == b"+OK"
    until(lambda: replica.ask("ROLE").startswith(b"*3"))
    name = cache.make_key("arrived")

    def arrives():
        with contextlib.suppress(Unavailable):
            call(cache, "set", "arrived", "after")
        return replica.ask("EXISTS", name) == b":1"

    until(arrives)
    assert call(cache, "get", "arrived") == "after"


def test_the_raw_client_asks_the_primary(at, service):
    """A replica takes no writes, so one that was asked would say so."""
    primary, _, location = service
    at(location)
    client = get_redis_connection()
    assert client.role()[0] == b"master"
    assert client.set("raw", "1") is True
    assert primary.ask("GET", "raw") == b"$1\r\n1"


def test_the_settings_of_django_redis_find_the_same_primary(settings, service):
    primary, _, location = service
    hosts = location.rpartition("@")[2].removesuffix("/shop").split(",")
    store = {
        "LOCATION": "redis://shop/0",
        "OPTIONS": {
            "CLIENT_CLASS": "django_redis.client.SentinelClient",
            "CONNECTION_FACTORY": "django_redis.pool.SentinelConnectionFactory",
            "SENTINELS": [(host, int(port)) for host, port in (each.split(":") for each in hosts)],
            "USERNAME": "u",
            "PASSWORD": "p",
        },
    }
    backends = {
        "default": "surecache.django.SureCache",
        "theirs": "django_redis.cache.RedisCache",
    }
    settings.CACHES = {
        alias: {**store, "BACKEND": backend, "KEY_PREFIX": alias}
        for alias, backend in backends.items()
    }
    for alias in backends:
        caches[alias].set("key", alias)
        assert primary.ask("EXISTS", f"{alias}:1:key") == b":1"
        assert caches[alias].get("key") == alias
