"""What the tests of the Django side share: each store, each flavour, a database in a file."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.cache import caches
from surecache.django import Region, Scope

from tests.django.database import in_a_file
from tests.servers import RedisServer

_numbers = itertools.count()


@pytest.fixture(scope="session", autouse=True)
def server():
    """The server of the cache `redis`, for the whole run: what ends answers tells all stores."""
    socket = settings.CACHES["redis"]["LOCATION"].removeprefix("unix://")
    with RedisServer(Path(socket).parent) as server:
        yield server


@pytest.fixture(params=["default", "embedded", "redis"], ids=["memory", "embedded", "redis"])
def alias(request):
    """The alias of a cache on each store, empty."""
    caches[request.param].clear()
    return request.param


@pytest.fixture
def cache(alias):
    """The cache itself."""
    return caches[alias]


@dataclass(frozen=True)
class Door:
    """Calls by their plain names, or through their asynchronous twins on an event loop."""

    is_async: bool

    def call(self, owner: Any, name: str, *arguments: Any, **named: Any) -> Any:
        if not self.is_async:
            return getattr(owner, name)(*arguments, **named)

        async def twin() -> Any:
            return await getattr(owner, f"a{name}")(*arguments, **named)

        return async_to_sync(twin)()

    def load(self, region: Region, loader: Any, **key: Any) -> Any:
        return self.call(region, "get_or_load", loader, **key)


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def door(request):
    """Both flavours."""
    return Door(request.param)


@pytest.fixture
def declare(alias):
    """Declares regions with names of their own on the store under test."""

    def declared(**more: Any) -> Region:
        more = {"key": {"id": int}, "scope": Scope.public("a test"), "cache": alias, **more}
        return Region(more.pop("name", f"region_{next(_numbers)}"), **more)

    return declared


class Counted:
    """A loader that counts its calls; its answer says which call made it."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, **key: Any) -> dict[str, Any]:
        self.calls += 1
        return {"call": self.calls, **key}


@pytest.fixture
def counted():
    return Counted()


@pytest.fixture
def files(tmp_path, django_db_blocker):
    """The alias of a SQLite database in a file with a write-ahead log, as services have it, with a
    table ``item`` of one row. Each thread has a connection of its own, as everywhere in Django.
    """
    with django_db_blocker.unblock(), in_a_file(tmp_path / "site.sqlite3") as name:
        yield name
