"""Several clients at once, each in a thread of its own."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, TypeVar

from play.client import Client
from play.server import Site

T = TypeVar("T")
Act = Callable[[Client, int], T]

ATTEMPTS_PER_CLIENT = 20


class Crowd:
    """A number of connected clients of one half. Leaving it stops and closes all of them."""

    def __init__(self, site: Site, half: str, size: int) -> None:
        self.clients = [Client(site.port, half) for _ in range(size)]
        self._stopping = site.stopping
        self._workers = site.workers
        self._pool = ThreadPoolExecutor(size, thread_name_prefix=f"{half}-client")

    def __enter__(self) -> "Crowd":
        try:
            self._connect_evenly()
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    def _connect_evenly(self) -> None:
        """Connects the clients so that each worker has about as many, as a balancer would.

        A worker takes whatever connection it sees first; one that falls to a worker with its
        share is closed and opened again, a bounded number of times.
        """
        share = -(-len(self.clients) // self._workers)
        held: Counter[int] = Counter()
        attempts = ATTEMPTS_PER_CLIENT * len(self.clients)
        for client in self.clients:
            worker = client.connect()
            while held[worker] >= share and attempts:
                attempts -= 1
                client.close()
                worker = client.connect()
            held[worker] += 1

    def _leave(self) -> None:
        for client in self.clients:
            client.close()
        self._pool.shutdown()

    def at_once(self, act: Act[T]) -> list[T]:
        """Every client acts once, all starting together; raises the first error."""
        gate = threading.Barrier(len(self.clients))

        def enter(client: Client, place: int) -> T:
            gate.wait()
            return act(client, place)

        futures = [self._pool.submit(enter, c, n) for n, c in enumerate(self.clients)]
        return [future.result() for future in futures]

    def start(self, act: Act[T], place: int = 0) -> "Future[T]":
        """One client acts, in the background."""
        return self._pool.submit(act, self.clients[place], place)

    def repeat(self, act: Act[T], pause_s: float = 0) -> "Repeating[T]":
        """Every client acts again and again, with a pause between, until `collect`."""
        return Repeating(self._pool, self.clients, self._stopping, act, pause_s)


class Repeating(Generic[T]):
    """Clients at work in the background; the first error of one ends that one's work."""

    def __init__(
        self,
        pool: ThreadPoolExecutor,
        clients: list[Client],
        stopping: threading.Event,
        act: Act[T],
        pause_s: float,
    ) -> None:
        self._act = act
        self._stopping = stopping
        self._done = threading.Event()
        self._pause_s = pause_s
        self._futures = [pool.submit(self._work, c, n) for n, c in enumerate(clients)]

    def collect(self) -> list[T]:
        """Ends the work and returns all that was noted; raises the first error."""
        self._done.set()
        return [result for future in self._futures for result in future.result()]

    def _work(self, client: Client, place: int) -> list[T]:
        noted: list[T] = []
        while not self._stopping.is_set() and not self._done.is_set():
            noted.append(self._act(client, place))
            if self._pause_s:
                self._done.wait(self._pause_s)
        return noted
