"""The connections of event loops to a store's server, one for each engine and loop.

A connection belongs to the loop in which it was made. It is closed when that loop shuts down its
asynchronous generators, as `asyncio.run` does; what is left open goes with the loop.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from surecache._core import Wire
from surecache.errors import Unavailable

if TYPE_CHECKING:
    from surecache._core import Engine

__all__ = ["wire_of"]

_making: dict[tuple[Engine, asyncio.AbstractEventLoop], asyncio.Task[Wire]] = {}
"""Connections that are being made: who else needs one waits for it."""

_guards: dict[Wire, AsyncIterator[None]] = {}
"""What is run when a connection's loop shuts down."""


async def wire_of(engine: Engine) -> Wire:
    """The connection of the running loop, made at the first call.

    Raises:
        Unavailable: The server cannot be reached in time.
    """
    loop = asyncio.get_running_loop()
    wire = engine.wire(loop)
    if wire is not None:
        return wire
    if engine.is_given_up:
        raise Unavailable("the store's server does not answer: not asked again")
    place = (engine, loop)
    making = _making.get(place)
    if making is None:
        making = _making[place] = loop.create_task(_make(engine, loop))
        making.add_done_callback(lambda _: _making.pop(place, None))
    # Who is cancelled leaves the others their connection.
    return await asyncio.shield(making)


async def _make(engine: Engine, loop: asyncio.AbstractEventLoop) -> Wire:
    # In a thread: sentinels may have to be asked.
    endpoint = await loop.run_in_executor(None, engine.endpoint)
    if endpoint is None:
        raise Unavailable("wanted a store with a server, found one without")
    known = engine.wire(loop)
    if known is not None:
        return known  # nobody had said for a while that its server is the one
    host, port, timeout = endpoint
    try:
        connected = await _connect(loop, host, port, timeout)
    except (OSError, asyncio.TimeoutError) as error:
        engine.count_failure()
        place = host if port is None else f"{host}:{port}"
        raise Unavailable(f"the store's server {place} cannot be reached: {error}") from error
    wire = Wire(engine, loop, connected.detach(), host, port)
    loop.add_reader(wire.fileno(), wire.on_readable)
    for known in list(_guards):
        if known.is_lost or known.is_stranded:
            known.close()
            _guards.pop(known, None)
    guard = _guards[wire] = _guarding(wire)
    await anext(guard)
    engine.keep_wire(wire)
    return wire


async def _connect(
    loop: asyncio.AbstractEventLoop, host: str, port: int | None, timeout: float
) -> socket.socket:
    """To the first address that answers; each step may take so long."""
    if port is None:
        return await asyncio.wait_for(_connected(loop, socket.AF_UNIX, host), timeout)
    finding = loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    last: Exception | None = None
    for family, _, _, _, address in await asyncio.wait_for(finding, timeout):
        try:
            connected = await asyncio.wait_for(_connected(loop, family, address), timeout)
        except (OSError, asyncio.TimeoutError) as error:
            last = error
            continue
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connected
    raise last or OSError("the host has no address")


async def _connected(loop: asyncio.AbstractEventLoop, family: int, address: Any) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        await loop.sock_connect(made, address)
    except BaseException:
        made.close()
        raise
    return made


async def _guarding(wire: Wire) -> AsyncIterator[None]:
    """Waits, between its two halves, until the loop is about to be closed."""
    try:
        yield
    finally:
        wire.close()
        _guards.pop(wire, None)
