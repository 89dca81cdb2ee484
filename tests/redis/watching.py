"""What a test sees from outside: states that come about, ends of loops, clients of a server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from tests.servers import RedisServer

_T = TypeVar("_T")

PATIENCE_S = 10
"""Far beyond what anything here takes; what never comes about is found by it."""


def until(found: Callable[[], _T], within_s: float = PATIENCE_S) -> _T:
    """What is found, as soon as it is true; fails where that takes too long."""
    end = time.monotonic() + within_s
    while True:
        value = found()
        if value:
            return value
        assert time.monotonic() < end, f"not within {within_s} s; found at last: {value!r}"
        time.sleep(0.002)


def run_on(new_loop: Callable[[], asyncio.AbstractEventLoop], main: Coroutine[Any, Any, _T]) -> _T:
    """As `asyncio.run`, on a loop of the kind that is made."""
    loop = new_loop()
    try:
        return loop.run_until_complete(main)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def clients(server: RedisServer) -> list[dict[str, str]]:
    """The connections that surecache has to a server, as CLIENT LIST tells of them."""
    lines = server.ask("CLIENT", "LIST").decode().splitlines()[1:]
    told = [dict(part.partition("=")[::2] for part in line.split(" ")) for line in lines if line]
    return [client for client in told if client["name"] == "surecache"]
