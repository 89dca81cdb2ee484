"""The scenes that are measured: an operation, where it runs, and on what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from benches.rounds import Times
from benches.scale import Scale
from benches.settings import PINNED, THREAD
from benches.values import BYTES

REDIS, EMBEDDED = STORES = ("redis", "embedded")

MANY = 100
GET, SET, INCR, GET_OR_SET = "get", "set", "incr", "get_or_set hit"
GET_MANY, SET_MANY = f"get_many({MANY})", f"set_many({MANY})"
REGION_HIT = "region hit"
AGET = "aget"
REQUEST, CONNECTIONS = "request, 6 cache calls", "server connections"
INVALIDATE = "invalidate a tag"

PLAIN_GET = "plain get"
"""What a hit of a region is compared with: the same cache, and no region."""


class Scene(NamedTuple):
    """An operation, where it runs, and on what."""

    operation: str
    setting: str
    store: str = REDIS
    value: str = BYTES.name
    curve: str = ""
    """The curve that it is a point of."""
    at: int = 0
    """Where on the curve."""

    def __str__(self) -> str:
        words = [self.operation, self.setting, self.store]
        if self.value != BYTES.name:
            words.append(self.value)
        if self.curve:
            words.append(f"{self.curve}: {self.at}")
        return ", ".join(filter(None, words))

    @property
    def unit(self) -> str:
        """What its figures count: nanoseconds a call, but for one."""
        return "connections" if self.operation == CONNECTIONS else "ns"


Measured = Mapping[Scene, Times]


def aget(tasks: int, store: str = REDIS) -> Scene:
    """So many tasks of one event loop."""
    return Scene(AGET, "1 task" if tasks == 1 else f"{tasks} tasks", store)


def tasks_of(scene: Scene) -> int:
    """How many tasks it has."""
    return int(scene.setting.split()[0])


def asgi(operation: str, scale: Scale) -> Scene:
    """Requests of a site."""
    return Scene(operation, f"{scale.requests} at once")


def invalidation(store: str) -> Scene:
    """Its contenders are tags, named by :func:`of_entries`."""
    setting = PINNED if store == REDIS else THREAD
    return Scene(INVALIDATE, setting.name, store, value="")


def of_entries(entries: int) -> str:
    """The name of a tag that so many entries depend on."""
    return f"{entries:,} entries"


def entries_of(name: str) -> int:
    """How many entries depend on the tag of this name."""
    return int(name.split()[0].replace(",", ""))
