"""Readers in all threads of several workers, which begin together."""

import itertools
from concurrent.futures import Future

from tests.processes.stage import Worker

_numbers = itertools.count()
# The slowest load is one of five seconds.
PATIENCE_S = 30


class Crowd:
    """Threads that stand ready in workers; arguments are those of ``reads:crowd``."""

    def __init__(self, workers: list[Worker], **arguments: object) -> None:
        self._begun: list[tuple[Worker, str, Future]] = []
        for worker in workers:
            gate = f"crowd-{next(_numbers)}"
            call = worker.start("reads:crowd", gate=gate, **arguments)
            self._begun.append((worker, gate, call))
        for worker, gate, _ in self._begun:
            worker.wait_for(gate)

    def let_go(self) -> None:
        """They begin to read."""
        for worker, gate, _ in self._begun:
            worker.open(gate)

    def answers(self) -> list[dict]:
        """What each reader got, when all have ended."""
        return [answer for _, _, call in self._begun for answer in call.result(PATIENCE_S)]
