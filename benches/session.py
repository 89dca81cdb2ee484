"""A run: the server, the folder, the contenders with their crews, and the parts one by one."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from django.core.cache import caches

from benches import raw, rivals, site
from benches.crews import Crew
from benches.pinning import pinned
from benches.raw import RawGet
from benches.rivals import OURS, RIVALS, Settings
from benches.rounds import Times, Turn, fitting, take_turns
from benches.scale import Pace, Scale
from benches.scenes import Scene
from benches.settings import SETTINGS
from tools.steps import server
from tools.steps.server import Server

Plan = dict[Scene, tuple[str, ...]]
"""Scenes, each with its contenders."""


@dataclass(frozen=True)
class Roster:
    """Who takes part."""

    scale: Scale
    rivals: tuple[str, ...]
    raw_program: Path | None = None
    """The loop in Rust, where it was built."""

    def on(self, store: str, *, is_shared: bool = False, is_slow: bool = True) -> tuple[str, ...]:
        """surecache and its rivals on a store: all, or those that processes share, or those that
        are filled quickly.
        """
        fitting = [
            name
            for name in self.rivals
            if RIVALS[name].store == store
            and (RIVALS[name].is_shared or not is_shared)
            and (is_slow or not RIVALS[name].is_slow)
        ]
        return (OURS, *fitting)


class Staged(NamedTuple):
    """A scene that is ready to be played."""

    scene: Scene
    turns: Mapping[str, Turn]
    keys: int
    calls: int = 0
    """Of each turn, where it is fixed."""
    at_least: int = 0
    """Calls of a turn, where it takes more than usual."""
    processes: tuple[int, ...] = ()
    """Those that are pinned where the scene is, beside this one and the server."""


@dataclass
class Session:
    """What the parts share."""

    roster: Roster
    server: Server
    settings: Settings
    _loop: asyncio.AbstractEventLoop
    _open: ExitStack
    _crews: dict[str, Crew] = field(default_factory=dict)
    _raw: dict[int, RawGet] = field(default_factory=dict)

    @property
    def scale(self) -> Scale:
        """What the numbers come from."""
        return self.roster.scale

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop of all tasks."""
        return self._loop

    def crew(self, alias: str) -> Crew:
        """The threads and processes of a contender."""
        if alias not in self._crews:
            self._crews[alias] = crew = Crew(self.settings)
            self._open.callback(crew.close)
        return self._crews[alias]

    def raw(self, alias: str, keys: int) -> RawGet:
        """The loop in Rust, on the keys of a contender on the server."""
        if self.roster.raw_program is None:
            raise RuntimeError("wanted the program raw-get, found it not built")
        if keys not in self._raw:
            names = [caches[alias].make_key(f"value:{number}") for number in range(keys)]
            running = raw.running(self.roster.raw_program, self.server.port, names)
            self._raw[keys] = self._open.enter_context(running)
        return self._raw[keys]

    def play(self, staged: Staged, pace: Pace) -> Times:
        """All rounds of a scene."""
        setting = SETTINGS.get(staged.scene.setting)
        processes = (os.getpid(), self.server.pid, *staged.processes)
        is_pinned = setting is not None and setting.is_pinned
        with pinned(*processes) if is_pinned else nullcontext():
            if staged.calls:
                calls = dict.fromkeys(staged.turns, staged.calls)
            else:
                least = max(pace.least_calls, staged.at_least)
                calls = fitting(staged.turns, pace.turn_s, least, keys=staged.keys)
            return take_turns(staged.turns, calls, pace.rounds, keys=staged.keys)


@contextmanager
def opened(roster: Roster) -> Iterator[Session]:
    """Sets Django up, once in a process; what is started ends with it."""
    with ExitStack() as stack:
        started = stack.enter_context(server.serving())
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="surecache-bench-"))
        settings = rivals.caches(started.location, folder, list(roster.rivals))
        site.configure(settings)
        loop = asyncio.new_event_loop()
        stack.callback(loop.close)
        stack.callback(lambda: loop.run_until_complete(loop.shutdown_asyncgens()))
        yield Session(roster, started, settings, loop, stack)


class Part(NamedTuple):
    """Scenes that belong together: which there are, and how they are made ready."""

    name: str
    plan: Callable[[Roster], Plan]
    staged: Callable[[Session, Plan], Iterator[Staged]]
    """Makes ready those of the plan that it is given, each when it is asked for."""
    seconds: float = 0
    """That it takes to make a scene ready, about, at full scale."""
