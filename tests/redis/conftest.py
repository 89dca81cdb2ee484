"""Caches at servers of a test's own, and the event loops that they are used on."""

import asyncio
import itertools
from typing import Any

import pytest
from django.core.cache import caches
from surecache.django import Region, Scope, SureCache

_numbers = itertools.count()


@pytest.fixture
def at(settings):
    """Makes the one cache of the settings, at a location and with OPTIONS."""

    def made(location: str, **options: Any) -> SureCache:
        settings.CACHES = {
            "default": {
                "BACKEND": "surecache.django.SureCache",
                "LOCATION": location,
                "KEY_PREFIX": f"redis-{next(_numbers)}",
                "OPTIONS": options,
            }
        }
        return caches["default"]

    return made


@pytest.fixture
def cache(at, redis_server):
    """A cache at a server of the test's own."""
    return at(redis_server.location)


@pytest.fixture
def declare():
    """Declares regions with names of their own in the one cache."""

    def declared(**more: Any) -> Region:
        more = {"key": {"id": int}, "scope": Scope.public("a test"), **more}
        return Region(f"redis_{next(_numbers)}", **more)

    return declared


@pytest.fixture(params=["asyncio", "uvloop"])
def new_loop(request):
    """Makes event loops, of each kind."""
    if request.param == "asyncio":
        return asyncio.new_event_loop
    try:
        import uvloop
    except ImportError:
        pytest.skip("machine lacks: uvloop")
    return uvloop.new_event_loop
