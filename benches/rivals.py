"""The caches on a server: surecache and its rivals, and which of them can be measured here."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata

OURS = "surecache"


@dataclass(frozen=True)
class Rival:
    """A backend; the distributions that must be installed for it, and the least Python."""

    backend: str
    distributions: tuple[str, ...]
    python: tuple[int, int] = (3, 10)
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class LeftOut:
    """A rival that is not measured."""

    name: str
    why: str
    is_failure: bool
    """False where it is nobody's fault: this machine has no Python that is new enough."""


RIVALS = {
    "django-redis": Rival("django_redis.cache.RedisCache", ("django-redis", "redis", "hiredis")),
    "RedisCache": Rival("django.core.cache.backends.redis.RedisCache", ("redis", "hiredis")),
    "django-vcache": Rival(
        "django_vcache.backend.ValkeyCache",
        ("django-vcache",),
        python=(3, 12),
        # As the others: pickle, and nothing is compressed.
        options={"SERIALIZER": "pickle", "COMPRESS_MIN_LEN": 1 << 20},
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


def caches(location: str, names: list[str]) -> dict[str, dict[str, object]]:
    """Settings of surecache and of these rivals, on one server, each under a prefix of its own."""
    return {
        "default": _settings("surecache.django.SureCache", location, OURS, {}),
        **{
            name: _settings(RIVALS[name].backend, location, name, RIVALS[name].options)
            for name in names
        },
    }


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
