"""The caches: surecache and its rivals, and which of them can be measured here."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata

from benches.scenes import EMBEDDED, REDIS

OURS = "surecache"
RAW = "raw socket, Rust"
BACKEND = "surecache.django.SureCache"
ALIASES = {REDIS: "default", EMBEDDED: "embedded"}
"""Of surecache itself; a rival's alias is its name."""

ROOM = {"map_bytes": 4 << 30}
"""Of the embedded store: nothing that is measured is evicted."""
PATIENCE = {"timeout": 10, "connect_timeout": 10}
"""The others have no time-out at all: a machine that stalls for a moment ends no run."""

Settings = dict[str, dict[str, object]]


@dataclass(frozen=True)
class Rival:
    """A backend; the distributions that must be installed for it, and the least Python."""

    backend: str
    store: str
    distributions: tuple[str, ...] = ()
    python: tuple[int, int] = (3, 10)
    options: Mapping[str, object] = field(default_factory=dict)
    is_shared: bool = True
    """Whether processes have the same entries in it."""
    async_backend: str = ""
    """Where `aget` is another class."""
    is_slow: bool = False
    """Whether it would take minutes to fill with a million entries."""


@dataclass(frozen=True)
class LeftOut:
    """A rival that is not measured."""

    name: str
    why: str
    is_failure: bool
    """False where it is nobody's fault: this machine has no Python that is new enough."""


CORE = "django.core.cache.backends"

RIVALS = {
    "django-redis": Rival(
        "django_redis.cache.RedisCache",
        REDIS,
        ("django-redis", "redis", "hiredis"),
        # By default it has a hundred, and fails requests that ask for one more.
        options={"CONNECTION_POOL_KWARGS": {"max_connections": 10_000}},
    ),
    "RedisCache": Rival(f"{CORE}.redis.RedisCache", REDIS, ("redis", "hiredis")),
    "django-valkey": Rival(
        "django_valkey.cache.ValkeyCache",
        REDIS,
        ("django-valkey", "valkey", "libvalkey"),
        async_backend="django_valkey.async_cache.cache.AsyncValkeyCache",
    ),
    "django-vcache": Rival(
        "django_vcache.backend.ValkeyCache",
        REDIS,
        ("django-vcache",),
        python=(3, 12),
        # As the others: pickle, and nothing is compressed.
        options={"SERIALIZER": "pickle", "COMPRESS_MIN_LEN": 1 << 30},
    ),
    "diskcache": Rival("diskcache.DjangoCache", EMBEDDED, ("diskcache",), is_slow=True),
    "LocMem": Rival(
        f"{CORE}.locmem.LocMemCache",
        EMBEDDED,
        options={"MAX_ENTRIES": 1 << 30},
        is_shared=False,
    ),
}


def left_out() -> list[LeftOut]:
    """The rivals that cannot be measured in this process."""
    found = []
    for name, rival in RIVALS.items():
        wanted = ".".join(map(str, rival.python))
        missing = [each for each in rival.distributions if not _is_installed(each)]
        if sys.version_info[:2] < rival.python:
            found.append(LeftOut(name, f"wanted Python {wanted} or newer", is_failure=False))
        elif missing:
            found.append(LeftOut(name, f"not installed: {', '.join(missing)}", is_failure=True))
    return found


def caches(location: str, folder: str, names: list[str]) -> Settings:
    """Settings of surecache and of these rivals: on one server, each under a prefix of its own, and
    below one folder.
    """
    settings = {
        ALIASES[REDIS]: _settings(BACKEND, location, OURS, PATIENCE),
        ALIASES[EMBEDDED]: _settings(BACKEND, f"embedded://{folder}/{OURS}", OURS, ROOM),
    }
    for name in names:
        rival = RIVALS[name]
        where = location if rival.store == REDIS else f"{folder}/{name}"
        settings[name] = _settings(rival.backend, where, name, rival.options)
        if rival.async_backend:
            # Another address: its pools are found by that alone, and hold one kind of connection.
            where = f"{where}?protocol=2"
            settings[f"{name}, async"] = _settings(rival.async_backend, where, name, rival.options)
    return settings


def alias_of(name: str, store: str) -> str:
    """The cache of a contender."""
    return ALIASES[store] if name == OURS else name


def async_alias_of(name: str, store: str) -> str:
    """Its cache for coroutines: the same entries."""
    has_another = name in RIVALS and RIVALS[name].async_backend
    return f"{name}, async" if has_another else alias_of(name, store)


def versions() -> dict[str, str]:
    """What is measured, as it is installed."""
    distributions = {each for rival in RIVALS.values() for each in rival.distributions}
    wanted = sorted({OURS, "Django", *distributions})
    return {name: metadata.version(name) for name in wanted if _is_installed(name)}


def _settings(
    backend: str, location: str, prefix: str, options: Mapping[str, object]
) -> dict[str, object]:
    return {
        "BACKEND": backend,
        "LOCATION": location,
        "KEY_PREFIX": prefix,
        "TIMEOUT": 3600,
        "OPTIONS": dict(options),
    }


def _is_installed(distribution: str) -> bool:
    try:
        metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True
