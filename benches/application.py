"""A site whose requests use the cache six times each, called as an ASGI server calls it.

The requests are tasks of one event loop, so many at once; each goes through Django's ASGI handler,
which gives it a context of its own for its threads.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.core.asgi import get_asgi_application
from django.core.cache import cache as site_cache
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path

from benches.values import BYTES

READS = 4


async def page(request: HttpRequest, number: int, keys: int) -> HttpResponse:
    """Reads four values, writes one, and counts."""
    for read in range(READS):
        if await site_cache.aget(f"value:{(number + read) % keys}") is None:
            raise AssertionError(f"wanted a hit, found a miss: {number}")
    await site_cache.aset(f"value:{number}", _values(keys)[number])
    return HttpResponse(str(await site_cache.aincr(f"count:{number}")))


urlpatterns = [path("<int:number>/<int:keys>", page)]


def burst(order: list[int], at_once: int, keys: int) -> float:
    """A request for each number, so many at once; nanoseconds a request."""
    application = _application()
    _values(keys)
    gc.collect()

    async def client(numbers: list[int]) -> None:
        for number in numbers:
            await _request(application, f"/{number}/{keys}")

    async def clients() -> None:
        await asyncio.gather(*(client(order[first::at_once]) for first in range(at_once)))

    start = time.perf_counter_ns()
    _loop().run_until_complete(clients())
    return (time.perf_counter_ns() - start) / len(order)


async def _request(application: ASGIHandler, where: str) -> None:
    """One request; the client stays until it is answered."""
    stays: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
    body = [{"type": "http.request", "body": b"", "more_body": False}]
    status = []

    async def receive() -> dict[str, Any]:
        return body.pop() if body else await stays

    async def send(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])

    await application({**_SCOPE, "path": where, "raw_path": where.encode()}, receive, send)
    if status != [200]:
        raise AssertionError(f"wanted an answer with status 200, found: {status}")


_SCOPE = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "GET",
    "scheme": "http",
    "query_string": b"",
    "headers": [(b"host", b"bench")],
    "client": ("127.0.0.1", 0),
    "server": ("127.0.0.1", 80),
}


@cache
def _application() -> ASGIHandler:
    return get_asgi_application()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


@cache
def _values(keys: int) -> list[object]:
    return [BYTES.make(number) for number in range(keys)]
