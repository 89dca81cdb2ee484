"""A server that refuses writes, and one that has an old state: its own, or another's."""

from __future__ import annotations

import contextlib
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from tests.peers.proxy import Proxy
from tests.peers.scene import Scene
from tests.peers.stage import Stage
from tests.servers import RedisServer

__all__ = ["SCENES"]

TIMEOUT_S = 0.25
PAUSED_MS = 60_000
PATIENCE_S = 10
NOTICED_S = 1.5
"""The documentation says that a promotion behind an open connection is noticed within a second."""


@contextmanager
def _lacking_replicas(server: RedisServer) -> Iterator[None]:
    server.ask("CONFIG", "SET", "min-replicas-to-write", "1")
    yield
    server.ask("CONFIG", "SET", "min-replicas-to-write", "0")


@contextmanager
def _after_a_failed_dump(server: RedisServer) -> Iterator[None]:
    """The name of the dump is taken by a folder."""
    dump = server.socket.with_name("dump.rdb")
    dump.mkdir()
    server.ask("CONFIG", "SET", "save", "3600 1")
    server.ask("BGSAVE")
    _until(lambda: b"rdb_last_bgsave_status:err" in server.ask("INFO", "persistence"))
    yield
    server.ask("CONFIG", "SET", "save", "")
    shutil.rmtree(dump)


@contextmanager
def _as_a_replica(server: RedisServer) -> Iterator[None]:
    """Of a primary that is not there: what the server has, it keeps."""
    server.ask("REPLICAOF", "127.0.0.1", "1")
    yield
    server.ask("REPLICAOF", "NO", "ONE")


@contextmanager
def _paused(server: RedisServer) -> Iterator[None]:
    server.ask("CLIENT", "PAUSE", str(PAUSED_MS), "WRITE")
    yield
    server.ask("CLIENT", "UNPAUSE")


_Refusing = Callable[[RedisServer], AbstractContextManager[None]]
REFUSALS: dict[str, _Refusing] = {
    "NOREPLICAS": _lacking_replicas,
    "MISCONF": _after_a_failed_dump,
    "READONLY": _as_a_replica,
}


def refused_writes(stage: Stage) -> dict[str, str]:
    """A server goes on to serve reads and refuses writes; an answer is ended then."""
    cache = stage.loading()
    server = stage.server
    found = {}
    for name, refusing in REFUSALS.items():
        cache.get_or_set(name, lambda: "old")
        with refusing(server):
            assert server.ask("SET", "other", "value").startswith(f"-{name}".encode())
            with contextlib.suppress(Exception):
                cache.delete(name)
            found[name] = cache.get_or_set(name, lambda: "new")
    return found


def paused_writes(stage: Stage) -> str:
    """The same while the server lets writes wait, as before a failover that was ordered."""
    cache = stage.loading(timeout_s=TIMEOUT_S)
    cache.get_or_set("key", lambda: "old")
    with _paused(stage.server):
        with contextlib.suppress(Exception):
            cache.delete("key")
        found = cache.get_or_set("key", lambda: "new")
    return f"the {found} value is given"


def promoted_replica(stage: Stage) -> str:
    """An answer is ended on the primary; its replica, which has not heard of that, takes its place
    behind an address that keeps the connections of clients open.
    """
    port = str(_free_port())
    at_once = ("--repl-diskless-sync-delay", "0")
    primary = stage.enter(RedisServer(stage.folder / "primary", ("--port", port, *at_once)))
    replica = stage.enter(RedisServer(stage.folder / "replica"))
    with Proxy(stage.folder, primary) as proxy:
        cache = stage.loading(location=proxy.location)
        cache.get_or_set("key", lambda: "old")
        replica.ask("REPLICAOF", "127.0.0.1", port)
        _until(lambda: b"master_link_status:up" in replica.ask("INFO", "replication"))
        replica.ask("REPLICAOF", "NO", "ONE")
        assert replica.ask("DBSIZE") == primary.ask("DBSIZE") != b":0"
        cache.delete("key")
        connections = proxy.connections
        proxy.turn_to(replica)
        time.sleep(NOTICED_S)
        found = cache.get_or_set("key", lambda: "new")
        assert proxy.connections == connections, "the connection was not kept"
    return f"the {found} value is given"


def restored_dump(stage: Stage) -> str:
    """An answer is ended; then the server comes back from a dump that was made before."""
    cache = stage.loading()
    cache.get_or_set("key", lambda: "old")
    assert stage.server.ask("SAVE") == b"+OK"
    cache.delete("key")
    stage.server.restart()
    assert stage.server.ask("DBSIZE") != b":0"
    found = cache.get_or_set("key", lambda: "new")
    return f"the {found} value is given"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


NEW, OLD = "the new value is given", "the old value is given"
ANY_OF_DJANGO = ["django-cachex", "django-core", "django-redis", "django-valkey", "django-vcache"]

SCENES = [
    Scene(
        "refused-writes",
        "A server that refuses writes and serves reads: what was deleted in vain is read again",
        refused_writes,
        right=dict.fromkeys(REFUSALS, "new"),
        ours=("redis",),
        peers=dict.fromkeys(ANY_OF_DJANGO, dict.fromkeys(REFUSALS, "old")),
        by_region=True,
    ),
    Scene(
        "paused-writes",
        "A server that lets writes wait before a failover: what was deleted in vain is read again",
        paused_writes,
        right=NEW,
        ours=("redis",),
        peers=dict.fromkeys(["django-cachex", "django-core", "django-redis", "django-valkey"], OLD),
        by_region=True,
    ),
    Scene(
        "promoted-replica",
        "A replica that is promoted behind an open connection gives what was deleted",
        promoted_replica,
        right=NEW,
        ours=("redis",),
        peers=dict.fromkeys(ANY_OF_DJANGO, OLD),
        by_region=True,
    ),
    Scene(
        "restored-dump",
        "A server that comes back from an older dump gives what was deleted since",
        restored_dump,
        right=NEW,
        ours=("redis",),
        peers=dict.fromkeys(ANY_OF_DJANGO, OLD),
        by_region=True,
    ),
]
