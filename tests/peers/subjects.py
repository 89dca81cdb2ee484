"""The caches that scenes are played on, by name: settings of Django's, or what stands for them."""

from __future__ import annotations

import importlib.util
import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.steps import newer_peers, node_peers, old_redis, rust_peers

__all__ = ["LOCAL", "PEERS", "Peer", "config", "lacking", "location", "version_of"]

ROOT = Path(__file__).resolve().parents[2]
PINS = ROOT / "tools/requirements.txt"

_numbers = itertools.count()


@dataclass(frozen=True)
class Peer:
    """Another cache."""

    title: str
    """As it is called on the page, its version left out."""
    distribution: str | None
    """What is pinned; None for what is no package."""
    there: str | Path
    """What must be there: a module to be imported, or what `make test` makes."""
    pins: Path = PINS
    """Where its version stands."""

    @property
    def python(self) -> Path | None:
        """Its own, where it does not run on that of the tests."""
        return newer_peers.PYTHON if self.pins == newer_peers.PINS else None


PEERS = {
    "django-core": Peer("Django's `RedisCache`", "Django", "django"),
    "django-fragments": Peer("Django's `{% cache %}`", "Django", "django"),
    "django-locmem": Peer("Django's `LocMemCache`", "Django", "django"),
    "django-redis": Peer("django-redis", "django-redis", "django_redis"),
    "django-redis-herd": Peer("django-redis' `HerdClient`", "django-redis", "django_redis"),
    "django-valkey": Peer("django-valkey", "django-valkey", "django_valkey"),
    "django-cachex": Peer(
        "django-cachex", "django-cachex", newer_peers.PYTHON, pins=newer_peers.PINS
    ),
    "django-vcache": Peer(
        "django-vcache", "django-vcache", newer_peers.PYTHON, pins=newer_peers.PINS
    ),
    "django-cachalot": Peer("django-cachalot", "django-cachalot", "cachalot"),
    "django-cacheops": Peer("django-cacheops", "django-cacheops", "cacheops"),
    "diskcache": Peer("diskcache's `DjangoCache`", "diskcache", "diskcache"),
    "dogpile.cache": Peer("dogpile.cache", "dogpile.cache", "dogpile"),
    "cashews": Peer("cashews", "cashews", "cashews"),
    "bare-socket": Peer("a socket that stays open", None, "socket"),
    "redis-py-4.5.1": Peer("`redis.asyncio`", "redis", old_redis.FOLDER, pins=old_redis.PINS),
    "bentocache": Peer("bentocache", "bentocache", node_peers.PROGRAM, pins=node_peers.MANIFEST),
    "foyer": Peer("foyer", "foyer-memory", rust_peers.PROGRAM, pins=rust_peers.MANIFEST),
    "redis-rs": Peer("redis-rs", "redis", rust_peers.PROGRAM, pins=rust_peers.MANIFEST),
    "moka": Peer("moka", "moka", rust_peers.PROGRAM, pins=rust_peers.MANIFEST),
}

_BACKENDS = {
    "memory": "surecache.django.SureCache",
    "embedded": "surecache.django.SureCache",
    "redis": "surecache.django.SureCache",
    "django-core": "django.core.cache.backends.redis.RedisCache",
    "django-locmem": "django.core.cache.backends.locmem.LocMemCache",
    "django-redis": "django_redis.cache.RedisCache",
    "django-redis-herd": "django_redis.cache.RedisCache",
    "django-valkey": "django_valkey.cache.ValkeyCache",
    "django-cachex": "django_cachex.cache.RedisCache",
    "django-vcache": "django_vcache.backend.ValkeyCache",
    "diskcache": "diskcache.DjangoCache",
}

LOCAL = ("memory", "embedded", "diskcache", "django-locmem")
"""What needs no server."""

_TIMEOUTS = {
    "django-cachex": ("socket_timeout",),
    "django-core": ("socket_timeout",),
    "django-redis": ("SOCKET_TIMEOUT",),
    "django-valkey": ("SOCKET_TIMEOUT",),
    "redis": ("timeout", "connect_timeout"),
}
"""What a time-out for answers is called."""


_WHERE = {
    newer_peers.PINS: f" where there is Python {'.'.join(map(str, newer_peers.NEEDS))} or newer",
    node_peers.MANIFEST: " where there are node, not too old, and npm",
}


def lacking(subject: str) -> str | None:
    """What the machine must have for this peer, and has not."""
    peer = PEERS.get(subject)
    if peer is None:
        return None
    if isinstance(peer.there, Path):
        name = f"{peer.distribution} {version_of(subject)}"
        lack = f"{name}, which make test gets{_WHERE.get(peer.pins, '')}"
        return None if peer.there.exists() else lack
    is_there = importlib.util.find_spec(peer.there) is not None
    return None if is_there else peer.distribution


def config(
    subject: str,
    location: str | list[str],
    *,
    prefix: str = "shop",
    timeout_s: float | None = None,
    ignores: bool = False,
    **options: Any,
) -> dict[str, Any]:
    """An alias as it stands in CACHES.

    Args:
        subject: Whose cache it is.
        location: Where it is.
        prefix: KEY_PREFIX.
        timeout_s: How long an answer of the server is waited for.
        ignores: Whether plain keys are answered as if there were nothing while it is down.
        options: More of OPTIONS.
    """
    if timeout_s is not None:
        options.update(dict.fromkeys(_TIMEOUTS[subject], timeout_s))
    if ignores:
        options["IGNORE_EXCEPTIONS"] = True
    if subject == "django-redis-herd":
        options["CLIENT_CLASS"] = "django_redis.client.HerdClient"
    return {
        "BACKEND": _BACKENDS[subject],
        "LOCATION": location,
        "KEY_PREFIX": prefix,
        "OPTIONS": options,
    }


def location(subject: str, folder: Path, server: str) -> str:
    """Where the cache of a scene is: on the server, in the folder, or in this process."""
    if subject == "memory":
        return f"memory://peers-{next(_numbers)}"
    if subject == "embedded":
        return f"embedded://{folder}/store"
    if subject == "diskcache":
        return str(folder / "diskcache")
    if subject == "django-locmem":
        return f"peers-{next(_numbers)}"
    return server


def version_of(peer: str) -> str:
    """What is pinned of a peer; nothing for what is no package."""
    name, pins = PEERS[peer].distribution, PEERS[peer].pins
    if name is None:
        return ""
    name = re.escape(name)
    pin = rf"^{name}(?:==| = (?:{{ version = )?\"=)([^\s\"]+)|\"{name}\": \"([^\"]+)\""
    found = re.search(pin, pins.read_text(encoding="utf-8"), re.M)
    assert found is not None, f"wanted a pin of {name} in {pins}"
    return found[1] or found[2]
