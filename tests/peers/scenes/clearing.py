"""What `clear` takes along."""

from __future__ import annotations

from importlib import import_module

import redis

from tests.peers.scene import Scene
from tests.peers.stage import Stage

__all__ = ["SCENES"]

LOCK_S = 60


def clear(stage: Stage) -> dict[str, bool]:
    """One application clears its cache; what is left of others on the same server."""
    shop, other, _ = stage.caches(
        default={"prefix": "shop"}, other={"prefix": "other"}, sessions={"prefix": "sessions"}
    )
    stage.settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    stage.settings.SESSION_CACHE_ALIAS = "sessions"
    session = import_module(stage.settings.SESSION_ENGINE).SessionStore()
    session["user"] = 42
    session.save()
    shop.set("key", "value")
    other.set("key", "value")
    with redis.Redis(unix_socket_path=str(stage.server.socket)) as client:
        lock = client.lock("deployment", timeout=LOCK_S)
        assert lock.acquire()
        shop.clear()
        assert shop.get("key") is None
        return {
            "another prefix": other.get("key") == "value",
            "sessions": session.exists(session.session_key),
            "held locks": lock.owned(),
        }


LEFT = {"another prefix": True, "sessions": True, "held locks": True}

SCENES = [
    Scene(
        "clear",
        "`clear()` takes the values of other prefixes, sessions and held locks along",
        clear,
        right=LEFT,
        ours=("redis",),
        peers=dict.fromkeys(
            ["django-cachex", "django-core", "django-redis", "django-valkey", "django-vcache"],
            dict.fromkeys(LEFT, False),
        ),
    ),
]
