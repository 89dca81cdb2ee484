"""What workers are at each stage of a roll-out, and processes of them."""

from __future__ import annotations

import contextlib
import multiprocessing
import warnings
from collections.abc import Iterator
from typing import Any

import django
from django.conf import settings
from django.core.cache import caches

from tests.redis.processes import Process

OLD = {
    "django": "django.core.cache.backends.redis.RedisCache",
    "django-redis": "django_redis.cache.RedisCache",
}
"""The real other cache, by the form that it stores values in."""

FORMS = tuple(OLD)


def declared(stage: str, form: str, location: str, **options: Any) -> dict[str, Any]:
    """The settings of a cache: ``old``, then ``foreign``, ``leaving`` and ``sealed``."""
    cache: dict[str, Any] = {"BACKEND": OLD[form], "LOCATION": location, "KEY_PREFIX": "shared"}
    if stage != "old":
        cache["BACKEND"] = "surecache.django.SureCache"
        wires = {"foreign": {"WIRE": form}, "leaving": {"WIRE": f"{form}-to-sealed"}, "sealed": {}}
        options = {**wires[stage], **({} if stage == "sealed" else options)}
    return {**cache, "OPTIONS": options}


@contextlib.contextmanager
def worker(declared_cache: dict[str, Any]) -> Iterator[Process]:
    """A process with one cache, ended by the end of the block whatever it does."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        started = Process(pool)
        started.call(_begin, declared_cache)
        yield started
    pool.join()


def _begin(declared_cache: dict[str, Any]) -> None:
    warnings.simplefilter("error")
    settings.configure(
        SECRET_KEY="the secret of the tests",
        INSTALLED_APPS=["surecache.django"],
        CACHES={"default": declared_cache},
    )
    django.setup()


def use(name: str, *arguments: Any) -> Any:
    """In a worker: calls a method of its cache."""
    return getattr(caches["default"], name)(*arguments)


def count(key: str, times: int) -> None:
    """In a worker: adds one to a number, so often."""
    for _ in range(times):
        caches["default"].incr(key)


def read(key: str, times: int) -> list[Any]:
    """In a worker: the different values that it saw under a key, in their order."""
    seen: list[Any] = []
    for _ in range(times):
        value = caches["default"].get(key, "absent")
        if not seen or seen[-1] != value:
            seen.append(value)
    return seen


def write(key: str, values: list[Any]) -> None:
    """In a worker: stores values, one after the other."""
    for value in values:
        caches["default"].set(key, value)
