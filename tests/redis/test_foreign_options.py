"""Settings as django-redis takes them, on a real server, with django-redis beside."""

import socket
import tempfile
import time
from pathlib import Path

import pytest
from django.core.cache import caches
from django_redis import get_redis_connection
from django_redis.pool import ConnectionFactory
from redis import exceptions
from surecache.errors import Unavailable

from tests.servers import RedisServer

PASSWORD = "ge@heim/:?%#"
SURE, THEIRS = "surecache.django.SureCache", "django_redis.cache.RedisCache"


@pytest.fixture(autouse=True)
def no_pools(monkeypatch):
    """Pools of django-redis outlive a test, and their keys are URLs."""
    monkeypatch.setattr(ConnectionFactory, "_pools", {})


@pytest.fixture
def secured():
    """A server with a password, on a socket and a port, with a user of its own."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    arguments = ("--requirepass", PASSWORD, "--port", str(port))
    arguments += ("--user", "me", "on", f">{PASSWORD}", "~*", "&*", "+@all")
    with (
        tempfile.TemporaryDirectory(prefix="surecache-redis-") as folder,
        RedisServer(Path(folder), arguments) as server,
    ):
        yield server.location, f"redis://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("place", "options", "database"),
    [
        ("{unix}?db=3", {"PASSWORD": PASSWORD}, 3),
        ("{tcp}/3", {"PASSWORD": PASSWORD}, 3),
        ("{tcp}?db=3", {"PASSWORD": PASSWORD, "USERNAME": "me"}, 3),
        ("{tcp}", {"CONNECTION_POOL_KWARGS": {"db": 3, "password": PASSWORD}}, 3),
        ("{unix}", {"PASSWORD": PASSWORD, "CONNECTION_POOL_KWARGS": {"max_connections": 5}}, 0),
        (["{tcp}"], {"PASSWORD": PASSWORD}, 0),
    ],
)
def test_the_same_settings_reach_the_same_database(settings, secured, place, options, database):
    unix, tcp = secured
    is_list = isinstance(place, list)
    location = "".join(place).format(unix=unix, tcp=tcp)
    store = {"LOCATION": [location] if is_list else location, "OPTIONS": options}
    settings.CACHES = {
        "default": {**store, "BACKEND": SURE, "KEY_PREFIX": "sure"},
        "theirs": {**store, "BACKEND": THEIRS, "KEY_PREFIX": "theirs"},
    }
    caches["default"].set("key", 1)
    caches["theirs"].set("key", 1)
    connection = get_redis_connection("theirs")
    assert connection.connection_pool.connection_kwargs.get("db", 0) == database
    keys = {key.decode() for key in connection.keys("*:1:key")}
    assert keys == {"sure:1:key", "theirs:1:key"}


def test_a_time_out_of_django_redis_is_kept(at, redis_server):
    cache = at(redis_server.location, SOCKET_TIMEOUT=0.05, SOCKET_CONNECT_TIMEOUT=60)
    cache.set("key", 1)
    redis_server.pause()
    start = time.monotonic()
    with pytest.raises(Unavailable):
        cache.get("key")
    # Not the limit of the other one; how long exactly is a matter of the machine.
    assert time.monotonic() - start < 30


@pytest.mark.parametrize("backend", [SURE, THEIRS])
def test_aliases_at_one_server_have_their_own_options(settings, redis_server, backend):
    """django-redis keeps its pools by URL alone: the options of the alias that comes first are
    those of both.
    """
    store = {"BACKEND": backend, "LOCATION": redis_server.location, "KEY_PREFIX": "two"}
    settings.CACHES = {
        "default": {**store, "OPTIONS": {"SOCKET_TIMEOUT": 3}},
        "hasty": {**store, "OPTIONS": {"SOCKET_TIMEOUT": 0.05}},
    }
    for alias in settings.CACHES:
        caches[alias].set("key", 1)
    redis_server.pause()
    start = time.monotonic()
    with pytest.raises((Unavailable, exceptions.TimeoutError)):
        caches["hasty"].get("key")
    is_hasty = time.monotonic() - start < 2.5
    assert is_hasty == (backend == SURE)
