"""The threads and the processes of a contender.

To each its own: the system places threads by what they did before.
"""

from __future__ import annotations

import gc
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Barrier

from benches import operations
from benches.children import Child
from benches.operations import Job
from benches.rivals import Settings
from benches.rounds import Calls, Turn, clocked
from benches.settings import THREADS, Setting


class Crew:
    """Started when they are needed, and kept until `close`."""

    def __init__(self, caches: Settings) -> None:
        self._caches = caches
        self._threads = Threads()
        self._children: list[Child] = []

    def turn(self, job: Job, setting: Setting) -> Turn:
        """The turn of a contender, where the setting wants it."""
        if setting.processes == 1:
            return clocked(self._threads.spread(operations.calls(job), setting.threads))
        self._start(setting.processes)
        return lambda order: self._in_children(job, setting, order)

    def close(self) -> None:
        """Ends all of them."""
        self._threads.close()
        for child in self._children:
            child.close()

    def _start(self, processes: int) -> None:
        while len(self._children) < processes:
            self._children.append(Child(self._caches))

    def _in_children(self, job: Job, setting: Setting, order: list[int]) -> float:
        """All get ready before one of them begins; the clock is the same for all."""
        children = self._children[: setting.processes]
        for first, child in enumerate(children):
            child.start(_get_ready, job, setting.threads, order[first :: setting.processes])
        for child in children:
            child.result()
        for child in children:
            child.start(_go)
        spans: list[tuple[int, int]] = [child.result() for child in children]
        return (max(end for _, end in spans) - min(start for start, _ in spans)) / len(order)


class Threads:
    """Threads that begin together."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS.threads)

    def spread(self, calls: Calls, threads: int) -> Calls:
        """The same calls, by so many threads; one is the thread that calls."""
        if threads == 1:
            return calls
        together = Barrier(threads)

        def share(order: list[int]) -> None:
            together.wait()
            calls(order)

        def all_threads(order: list[int]) -> None:
            list(self._pool.map(share, [order[first::threads] for first in range(threads)]))

        return all_threads

    def close(self) -> None:
        """Ends them."""
        self._pool.shutdown()


class _Member:
    """A process of a crew: what it has prepared."""

    def __init__(self) -> None:
        self.threads = Threads()
        self.calls: dict[tuple[Job, int], Calls] = {}
        self.next: Calls
        self.order: list[int]


@cache
def _member() -> _Member:
    return _Member()


def _get_ready(job: Job, threads: int, order: list[int]) -> None:
    member = _member()
    if (job, threads) not in member.calls:
        # Only one is kept: values of many kinds would fill the memory.
        member.calls = {(job, threads): member.threads.spread(operations.calls(job), threads)}
    member.next, member.order = member.calls[job, threads], order
    gc.collect()


def _go() -> tuple[int, int]:
    member = _member()
    start = time.perf_counter_ns()
    member.next(member.order)
    return start, time.perf_counter_ns()
