"""Concurrent requests of an ASGI site: their throughput, and the connections that they take.

Each contender has a process of its own with the site, and a server of its own, whose connections
are then those of that process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import partial

from benches import operations, scenes
from benches.application import burst
from benches.children import Child
from benches.rivals import OURS, Settings, alias_of, async_alias_of, caches
from benches.scenes import CONNECTIONS, REDIS, REQUEST
from benches.session import Part, Plan, Roster, Session, Staged
from benches.values import BYTES
from tools.steps import server
from tools.steps.server import Server

LOOK_S = 0.01
"""Between two looks at the connections."""
REQUESTS_EACH = 2
"""Of a client in a turn, at least."""


def plan(roster: Roster) -> Plan:
    """Both are of the same requests; looking at connections would disturb those that are timed."""
    return {
        scenes.asgi(operation, roster.scale): roster.on(REDIS)
        for operation in (REQUEST, CONNECTIONS)
    }


def staged(session: Session, wanted: Plan) -> Iterator[Staged]:
    """Sites and servers stay for both scenes."""
    at_once, keys = session.scale.requests, BYTES.keys(session.scale.keys)
    calls = REQUESTS_EACH * at_once
    with ExitStack() as stack:
        sites = {}
        for name in dict.fromkeys(name for names in wanted.values() for name in names):
            started = stack.enter_context(server.serving())
            child = stack.enter_context(closing(Child(_caches(name, started))))
            child.call(operations.fill, _FILLED, BYTES.name, keys)
            sites[name] = (child, started)
        for scene, names in wanted.items():
            of_scene = {name: sites[name] for name in names}
            if scene.operation == CONNECTIONS:
                looks = {name: partial(_most, *of_scene[name], at_once, keys) for name in names}
                yield Staged(scene, looks, keys, calls=calls)
            else:
                turns = {name: partial(_burst, of_scene[name][0], at_once, keys) for name in names}
                yield Staged(scene, turns, keys, at_least=calls)


_FILLED = "filled"


def _caches(name: str, started: Server) -> Settings:
    """Of the site, and to fill it from outside of coroutines."""
    settings = caches(started.location, "", [] if name == OURS else [name])
    of_site, filled = async_alias_of(name, REDIS), alias_of(name, REDIS)
    return {"default": settings[of_site], _FILLED: settings[filled]}


def _burst(child: Child, at_once: int, keys: int, order: list[int]) -> float:
    return float(child.call(burst, order, at_once, keys))


def _most(child: Child, started: Server, at_once: int, keys: int, order: list[int]) -> float:
    """The most connections that the server had at a time, without the one that asks."""
    child.start(burst, order, at_once, keys)
    most = 0
    while True:
        is_over = child.has_answered(LOOK_S)
        most = max(most, int(started.told("clients")["connected_clients"]) - 1)
        if is_over:
            child.result()
            return float(most)


PARTS = (Part("asgi", plan, staged, seconds=7),)
