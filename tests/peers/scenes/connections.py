"""Connections whose replies go to somebody else."""

from __future__ import annotations

from tests.peers import programs
from tests.peers.proxy import Proxy
from tests.peers.scene import Scene
from tests.peers.stage import Stage
from tools.steps import old_redis, rust_peers

__all__ = ["SCENES"]

PATIENCE_S = 5
"""Longer than a reply is held."""


def cancelled(stage: Stage) -> str:
    """See `programs.loops`."""
    packages = old_redis.FOLDER if stage.subject == "redis-py-4.5.1" else None
    place = (str(stage.server.socket), str(stage.server.pid))
    return programs.run("loops", stage.subject, *place, packages=packages)


def forked(stage: Stage) -> str:
    """See `programs.forks`."""
    place = (str(stage.server.socket), str(stage.server.pid))
    return programs.run("forks", stage.subject, *place)


def reply_and_invalidation(stage: Stage) -> str:
    """A value is changed when the server has answered a read of it. Who keeps it near is told of
    that in one piece with the answer. What the next read of it gives.
    """
    server, key = stage.server, "a-key-that-changes"
    with Proxy(stage.folder, server) as proxy:
        if stage.subject == "redis-rs":
            server.ask("SET", key, "old")
            proxy.hold(key.encode(), lambda: server.ask("SET", key, "new"))
            words = ("redis", proxy.socket, key)
            found = programs.run_program(rust_peers.PROGRAM, *words)
            assert proxy.has_joined
            return str(found)
        behind, direct = stage.caches(
            default={"location": proxy.location, "timeout_s": PATIENCE_S},
            direct={"location": server.location},
        )
        direct.set(key, "old")
        proxy.hold(key.encode(), lambda: direct.set(key, "new"))
        assert behind.get(key) == "old"
        return "the old value is kept" if behind.get(key) == "old" else "nothing old is kept"


OWN, OTHERS = "each reply is one's own", "replies are those of others"
SCENES = [
    Scene(
        "cancelled-await",
        "An awaited read is cancelled; the calls after it are given the replies before their own",
        cancelled,
        right=OWN,
        ours=("redis",),
        peers={"redis-py-4.5.1": OTHERS},
    ),
    Scene(
        "forked-connection",
        "A connection is used by a process and by its forked child, and replies are mixed up",
        forked,
        right=OWN,
        ours=("redis",),
        peers={"bare-socket": OTHERS},
    ),
    Scene(
        "reply-and-invalidation",
        "A reply and the word that it holds no longer arrive together, and the reply is kept near",
        reply_and_invalidation,
        right="nothing old is kept",
        ours=("redis",),
        peers={"redis-rs": "the old value is kept"},
    ),
]
