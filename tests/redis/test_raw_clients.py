"""The raw client of a cache: redis-py on the cache's own settings."""

import subprocess
import sys
import threading

import pytest
import redis
from surecache.django import SureCache, get_redis_connection
from surecache.errors import Misuse

from tests.redis import forked
from tests.redis.processes import process
from tests.redis.secured import AUTHORITY, CERTIFICATES, secured
from tests.redis.test_accounts import QUOTED, on_port, server  # noqa: F401 -- a fixture
from tests.redis.watching import PATIENCE_S


def test_a_client_works_on_the_server_of_the_cache(cache):
    client = get_redis_connection()
    assert client.sadd("of no cache", "a", "b") == 2
    assert client.smembers("of no cache") == {b"a", b"b"}
    cache.set("key", "value")
    assert client.exists(cache.make_key("key")) == 1


def test_the_database_is_that_of_the_location(at, redis_server):
    at(f"{redis_server.location}?db=3")
    get_redis_connection("default").set("there", "1")
    redis_server.ask("SELECT", "3")
    assert b"db3:keys=1" in redis_server.ask("INFO", "keyspace")


def test_user_and_password_on_a_port(at, on_port):  # noqa: F811 -- a fixture
    started, port = on_port
    rights = ("on", ">p", "~*", "&*", "+@all")
    assert started.ask("ACL", "SETUSER", "u", *rights) == b"+OK"
    at(f"redis://u:p@127.0.0.1:{port}/2")
    client = get_redis_connection(write=False)
    assert client.acl_whoami() == "u"
    assert client.client_info()["db"] == 2


def test_a_password_in_percent_encoding(at):
    with server("--requirepass", "ge@heim/:?%#") as locked:
        at(f"unix://:{QUOTED}@{locked.socket}")
        assert get_redis_connection().ping() is True


def test_a_client_over_tls(at):
    with secured(clients="yes") as location:
        identity = {
            "tls_cert_file": CERTIFICATES / "client.pem",
            "tls_key_file": CERTIFICATES / "client.key",
        }
        at(location, tls_ca_file=AUTHORITY, **identity)
        assert get_redis_connection().ping() is True
        at(location, tls_ca_file=CERTIFICATES / "stranger.pem", **identity)
        with pytest.raises(redis.ConnectionError, match="certificate verify failed"):
            get_redis_connection().ping()


def test_the_time_outs_are_those_of_the_cache(at, redis_server):
    """Without one, it would wait as long as the server stands still."""
    at(redis_server.location, timeout=0.05)
    client = get_redis_connection()
    client.ping()
    redis_server.pause()
    failed = []

    def ask():
        with pytest.raises(redis.TimeoutError):
            client.ping()
        failed.append(True)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PATIENCE_S)
    redis_server.resume()
    assert failed == [True]


def test_one_client_for_a_process(cache):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(get_redis_connection())) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    twin = SureCache(cache.settings.location, {"KEY_PREFIX": cache.key_prefix, "OPTIONS": {}})
    assert {id(each) for each in found} == {id(cache.client.get_client())}
    assert twin.client.get_client() is cache.client.get_client()


def test_a_forked_child_has_a_client_of_its_own(redis_server):
    with process(redis_server.location) as forking:
        assert forking.call(forked.fork_with_a_raw_client, 10) == 10


@pytest.mark.parametrize("alias", ["default", "embedded"])
def test_a_cache_without_a_server_has_no_raw_client(alias):
    with pytest.raises(Misuse, match="wanted a cache on a server"):
        get_redis_connection(alias)


def test_another_backend_has_no_raw_client(settings):
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend}}
    with pytest.raises(Misuse, match=r"wanted surecache\.django\.SureCache, found: .*LocMemCache"):
        get_redis_connection()


def test_without_redis_py_everything_else_works(redis_server):
    program = f"""
import sys
sys.modules["redis"] = None  # as if it were not installed
from django.conf import settings
settings.configure(SECRET_KEY="a secret of the tests", CACHES={{"default": {{
    "BACKEND": "surecache.django.SureCache", "LOCATION": {redis_server.location!r},
    "KEY_PREFIX": "bare"}}}})
from django.core.cache import cache
from surecache.django import get_redis_connection
from surecache.errors import Misuse
cache.set("key", "kept")
print(cache.get("key"), cache.keys())
try:
    get_redis_connection()
except Misuse as error:
    print(error)
"""
    command = [sys.executable, "-W", "error", "-c", program]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=30)
    said = "a raw client: wanted the package redis, found none\nhint: pip install redis\n"
    assert (ran.stdout, ran.stderr) == (f"kept ['key']\n{said}", "")


def test_code_that_reaches_for_the_client_of_django_redis(cache):
    client = cache.client
    client.set("key", "value")
    assert (client.get("key"), "key" in client, "other" in client) == ("value", True, False)
    assert client.make_key("key") == cache.make_key("key")
    assert client.make_key("key", version=2, prefix="p") == "p:2:key"
    assert client.make_pattern("k*") == cache.make_pattern("k*")
    assert [client.reverse_key(cache.make_key("key"))] == client.keys("*")
    assert client.get_client(write=True) is get_redis_connection()
    for name in ("encode", "_backend", "nonsense"):
        with pytest.raises(AttributeError, match=f"wanted a method of the cache, found: {name}"):
            getattr(client, name)


def test_a_client_has_no_more_connections_than_the_cache(at, redis_server):
    """It had as many as there were threads, whatever the settings said."""
    at(redis_server.location, max_connections=2)
    pool = get_redis_connection().connection_pool
    held = [pool.get_connection(), pool.get_connection()]
    with pytest.raises(redis.ConnectionError):
        pool.get_connection()
    for connection in held:
        pool.release(connection)
    assert get_redis_connection().ping() is True
