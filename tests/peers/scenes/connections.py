"""Connections whose replies go to somebody else."""

from __future__ import annotations

from tests.peers import programs
from tests.peers.scene import Scene
from tests.peers.stage import Stage
from tools.steps import old_redis

__all__ = ["SCENES"]


def cancelled(stage: Stage) -> str:
    """See `programs.loops`."""
    packages = old_redis.FOLDER if stage.subject == "redis-py-4.5.1" else None
    place = (str(stage.server.socket), str(stage.server.pid))
    return programs.run("loops", stage.subject, *place, packages=packages)


def forked(stage: Stage) -> str:
    """See `programs.forks`."""
    place = (str(stage.server.socket), str(stage.server.pid))
    return programs.run("forks", stage.subject, *place)


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
]
