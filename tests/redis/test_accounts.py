"""Who surecache is to a server: users, passwords, databases, the name that CLIENT LIST shows."""

import contextlib
import socket
import tempfile
import traceback
from pathlib import Path
from urllib.parse import quote

import pytest
from surecache.errors import Unavailable

from tests.redis.watching import clients
from tests.servers import RedisServer

PASSWORD = "ge@heim/:?%#"
QUOTED = quote(PASSWORD, safe="")


@contextlib.contextmanager
def server(*arguments):
    with (
        tempfile.TemporaryDirectory(prefix="surecache-redis-") as folder,
        RedisServer(Path(folder), arguments) as started,
    ):
        yield started


@pytest.fixture
def on_port():
    """A server that listens on a port, too, which the system has chosen."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    with server("--port", str(port)) as started:
        yield started, port


def works(call, cache):
    call(cache, "set", "key", "value")
    assert call(cache, "get", "key") == "value"


def test_a_connection_has_a_name(cache, redis_server, call):
    assert clients(redis_server) == []
    works(call, cache)
    assert {client["name"] for client in clients(redis_server)} == {"surecache"}


def test_a_password(at, call):
    with server("--requirepass", PASSWORD) as locked:
        works(call, at(f"unix://:{QUOTED}@{locked.socket}"))


@pytest.mark.parametrize("credentials", ["", ":geheim@", f"nobody:{QUOTED}@"])
def test_a_wrong_password_is_named_and_not_repeated(at, call, credentials):
    with server("--requirepass", PASSWORD) as locked:
        cache = at(f"unix://{credentials}{locked.socket}")
        with pytest.raises(Unavailable) as caught:
            call(cache, "get", "key")
    told = "".join(traceback.format_exception(caught.value))
    assert "NOAUTH" in str(caught.value) or "WRONGPASS" in str(caught.value)
    assert "hint: give user and password" in str(caught.value)
    assert not any(secret in told for secret in (PASSWORD, QUOTED, ":geheim"))


def test_a_user_of_the_server_s_access_lists(at, redis_server, call):
    redis_server.ask("ACL", "SETUSER", "app", "on", f">{PASSWORD}", "~redis-*", "&redis-*", "+@all")
    works(call, at(f"unix://app:{QUOTED}@{redis_server.socket}"))
    assert {client["user"] for client in clients(redis_server)} == {"app"}


def test_a_user_who_may_not_ask_who_the_server_is_caches_no_region(at, redis_server, declare, call):
    """Without INFO nobody knows whether the server is the one that took the invalidations."""
    permit(redis_server, "-info")
    works(call, at(f"unix://app:geheim@{redis_server.socket}"))
    region, calls = declare(), []

    def load(**key):
        calls.append(key)
        return "answer"

    assert [call(region, "get_or_load", load, id=1) for _ in range(3)] == ["answer"] * 3
    assert len(calls) == 3


def test_the_rule_that_such_a_user_lacks_is_told(at, redis_server, declare, caplog):
    """Reads go on, so that nobody is raised an error: the log says what is to be done."""
    permit(redis_server, "-info")
    at(f"unix://app:geheim@{redis_server.socket}")
    assert declare().get_or_load(lambda **_: "answer", id=1) == "answer"
    assert "+info" in caplog.text


def permit(redis_server, rule):
    redis_server.ask("ACL", "SETUSER", "app", "on", ">geheim", "~*", "&*", "+@all", rule)


def test_databases_of_a_socket_are_apart(at, redis_server, call):
    first = at(redis_server.location)
    works(call, first)
    other = type(first)(f"{redis_server.location}?db=1", {"KEY_PREFIX": first.key_prefix})
    assert call(other, "get", "key") is None
    call(other, "set", "key", "other")
    assert [call(first, "get", "key"), call(other, "get", "key")] == ["value", "other"]
    assert {client["db"] for client in clients(redis_server)} == {"0", "1"}


def test_databases_of_a_port_are_apart(at, on_port, call):
    started, port = on_port
    first = at(f"redis://127.0.0.1:{port}")
    works(call, first)
    other = type(first)(f"redis://localhost:{port}/1", {"KEY_PREFIX": first.key_prefix})
    assert call(other, "get", "key") is None
    call(other, "set", "key", "other")
    assert [call(first, "get", "key"), call(other, "get", "key")] == ["value", "other"]
    assert {client["db"] for client in clients(started)} == {"0", "1"}


def test_a_database_that_the_server_does_not_have(at, redis_server, call):
    cache = at(f"{redis_server.location}?db=99")
    with pytest.raises(Unavailable, match="out of range"):
        call(cache, "get", "key")
