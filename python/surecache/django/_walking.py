"""Reads of regions in asyncio: the core's walk, step by step, on the event loop.

Waits are awaited. A loader that is a coroutine function runs in the task; any other runs in the
thread of Django's database calls, where the transaction is asked again. A task that is cancelled
gives its lease back, and whoever waited for it reads again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from asgiref.sync import async_to_sync, iscoroutinefunction, sync_to_async
from django.core.exceptions import SynchronousOnlyOperation

from surecache.django import _loading, _transactions
from surecache.django._answers import checked
from surecache.django._told import Told
from surecache.django._wires import wire_of
from surecache.errors import Unavailable

if TYPE_CHECKING:
    from surecache._core import Engine, Load, Walk
    from surecache.django._region import Region

__all__ = ["called", "compute", "in_thread", "read", "read_many"]

_T = TypeVar("_T")


async def in_thread(call: Callable[..., _T], *arguments: Any, **named: Any) -> _T:
    """Calls in the thread of Django's database calls."""
    return await sync_to_async(call, thread_sensitive=True)(*arguments, **named)


async def read(region: Region, loader: Callable[..., Any], key: dict[str, Any]) -> Any:
    """The answer; see `Region.aget_or_load`."""
    is_awaited = iscoroutinefunction(loader)
    region.check_loader(loader, "asynchronous" if is_awaited else "plain")
    run = _awaited if is_awaited else _in_thread
    load = partial(run, region, loader, key)
    admission = region.admission()
    around = _loading.around(admission == _transactions.FULL)
    return await _walk(region, load, key, admission, around)


async def read_many(
    region: Region,
    load_many: Callable[[list[dict[str, Any]]], Any],
    keys: Iterable[Mapping[str, Any]],
) -> list[Any]:
    """The answers; see `Region.aget_or_load_many`."""
    if iscoroutinefunction(load_many):
        region.check_loader(load_many, "asynchronous")
        load_many = async_to_sync(load_many)
    return await in_thread(region.get_or_load_many, load_many, keys)


async def _walk(
    region: Region,
    load: Callable[[Load], Any],
    key: dict[str, Any],
    admission: _transactions.Admission,
    outer: Load | None,
) -> Any:
    walk = region.bound().walk(key, admission, outer)
    if region.is_cacheable:
        return await _walked(region.engine, walk, load)
    kept: list[Any] = []

    async def keep(load_here: Load) -> None:
        kept.append(await load(load_here))

    await _walked(region.engine, walk, keep)
    return kept[0]


async def compute(engine: Engine, walk: Walk, default: Any) -> Any:
    """The value of a plain key; where there is none, the default, which is stored."""

    async def load(_: Load) -> Any:
        return await called(default)

    return await _walked(engine, walk, load)


async def called(default: Any) -> Any:
    """A default: awaited where it is a coroutine function, called in the thread of Django's
    database calls where it can be called, else itself.
    """
    if iscoroutinefunction(default):
        return await default()
    return await in_thread(default) if callable(default) else default


async def _walked(engine: Engine, walk: Walk, load: Callable[[Load], Any]) -> Any:
    """Walks to the end."""
    try:
        while True:
            step, told = walk.advance()
            if step == "done":
                return told
            if step == "ask":
                await _ask(engine, walk)
            elif step == "load":
                await _run(walk, load, cast("Load", told))
            elif step == "await":
                await Told().wait(walk.on_landed, cast("float", told))
                walk.waited()
            else:
                await asyncio.sleep(cast("float", told))
                walk.paused()
    except BaseException:
        walk.abandon()
        raise


async def _ask(engine: Engine, walk: Walk) -> None:
    """Has the store asked on the loop's connection."""
    try:
        wire = await wire_of(engine)
    except Unavailable as error:
        walk.unanswered(str(error))
        return
    await wire.ask(walk)


async def _run(walk: Walk, load: Callable[[Load], Any], told: Load) -> None:
    try:
        value = await load(told)
        try:
            walk.loaded(value)
        except SynchronousOnlyOperation:  # pickling the value asks the database
            await in_thread(walk.loaded, value)
    except Exception as error:
        walk.failed(error)


async def _awaited(
    region: Region, loader: Callable[..., Any], key: dict[str, Any], load: Load
) -> Any:
    with region.entered(load) as loading:
        value = await loader(**key)
    region.check_after(loading)
    return checked(value)


async def _in_thread(
    region: Region, loader: Callable[..., Any], key: dict[str, Any], load: Load
) -> Any:
    return await in_thread(_load_here, region, loader, key, load)


def _load_here(region: Region, loader: Callable[..., Any], key: dict[str, Any], load: Load) -> Any:
    """In the loader's thread, whose transaction the event loop need not have seen."""
    admission = region.admission()
    with region.entered(load) as loading:
        if admission != _transactions.FULL:
            loading.forbid_storing()
        value = loader(**key)
    region.check_after(loading)
    return checked(value)
