"""Caches on each store, called directly and on an event loop."""

import itertools
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import caches

_numbers = itertools.count()


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Where the embedded store of this run lies: a process has not many of them open."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture(params=["memory", "embedded", "redis"])
def location(request, redis_location, folder):
    """Where a store of each kind is; the tests keep apart by their prefixes."""
    places = {"embedded": f"embedded://{folder}", "memory": "memory://collections"}
    return places.get(request.param, redis_location)


@pytest.fixture
def cache(location, settings):
    """The one cache of the settings."""
    settings.CACHES = {
        "default": {
            "BACKEND": "surecache.django.SureCache",
            "LOCATION": location,
            "KEY_PREFIX": f"collections-{next(_numbers)}",
        }
    }
    return caches["default"]


@pytest.fixture
def the(cache, call):
    """The cache, each of whose methods is called through one of the doors."""

    class Called(SimpleNamespace):
        def __getattr__(self, name: str) -> Any:
            return lambda *arguments, **named: call(cache, name, *arguments, **named)

    return Called()
