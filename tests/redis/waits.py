"""Run in processes of their own: one loads, another waits for that load."""

# ruff: noqa: A002 -- a key field has the name of its column

import asyncio
import time
from pathlib import Path

from django.core.cache import cache
from surecache.django import Region, Scope

LOAD_S = 0.05
WAYS = ["region", "region on a loop", "plain", "plain on a loop"]

_regions: list[Region] = []


def lead(way: str, number: int, began: Path) -> None:
    """Loads: leaves a file, takes a moment, returns the time at which it ends."""

    def load() -> float:
        began.touch()
        time.sleep(LOAD_S)
        return time.monotonic()

    _read(way, number, load)


def follow(way: str, number: int) -> tuple[float, float]:
    """How long the load was waited for, and after its end for its value."""

    def load() -> float:
        raise AssertionError("loaded by the process that was to wait")

    began = time.monotonic()
    ended = _read(way, number, load)
    return ended - began, time.monotonic() - ended


def _read(way: str, number: int, load) -> float:
    def load_answer(id: int) -> float:
        return load()

    async def load_awaited(id: int) -> float:
        return load()

    async def compute() -> float:
        return load()

    key = f"waited:{number}"
    if way == "region":
        return _region().get_or_load(load_answer, id=number)
    if way == "region on a loop":
        return asyncio.run(_region().aget_or_load(load_awaited, id=number))
    if way == "plain":
        return cache.get_or_set(key, load)
    return asyncio.run(cache.aget_or_set(key, compute))


def _region() -> Region:
    if not _regions:
        key, scope = {"id": int}, Scope.public("a test")
        _regions.append(Region("waited_for", key=key, scope=scope))
    return _regions[0]
