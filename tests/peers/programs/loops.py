"""One connection of an event loop: `python -m tests.peers.programs.loops SUBJECT SOCKET PID`.

SUBJECT is `redis`, surecache on a server, or anything else for the `redis.asyncio` that is found.
PID is the server's, to be stopped where it stands and to go on.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable

TURNS = 50
"""After so many turns of the loop a command is sent."""

KEYS = 50
_Get = Callable[[str], Awaitable[str | None]]


async def cancelled(get: _Get, server: int) -> str:
    """A read is cancelled when its command is sent and its reply is not there; who reads next, on
    the same connection, is given which reply?
    """
    await get("key:0")
    os.kill(server, signal.SIGSTOP)
    reading = asyncio.ensure_future(get("key:0"))
    await _turns()
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    os.kill(server, signal.SIGCONT)
    found = [await get(f"key:{number}") for number in range(1, KEYS)]
    own = [f"value:{number}" for number in range(1, KEYS)]
    return "each reply is one's own" if found == own else "replies are those of others"


async def _turns() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def on_surecache(socket: str, server: int) -> str:
    from django.conf import settings

    cache = {"BACKEND": "surecache.django.SureCache", "LOCATION": f"unix://{socket}"}
    settings.configure(SECRET_KEY="the secret of the tests", CACHES={"default": cache})
    from django.core.cache import cache as opened

    for number in range(KEYS):
        await opened.aset(f"key:{number}", f"value:{number}")
    return await cancelled(opened.aget, server)


async def on_redis_py(socket: str, server: int) -> str:
    from redis.asyncio import Redis

    client = Redis(unix_socket_path=socket, decode_responses=True)
    for number in range(KEYS):
        await client.set(f"key:{number}", f"value:{number}")
    found = await cancelled(client.get, server)
    await client.connection_pool.disconnect()
    return found


if __name__ == "__main__":
    subject, socket, server = sys.argv[1:]
    played = on_surecache if subject == "redis" else on_redis_py
    print(json.dumps(asyncio.run(played(socket, int(server)))))
