"""Client and server on one core: then the time of a call is the work of both, with no wake-up of
another core in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def pinned(*processes: int) -> Iterator[None]:
    """Keeps all threads of these processes on one core, and those that they start meanwhile.

    All of them must be allowed on the same cores as this process; they are again afterwards.
    """
    whole = os.sched_getaffinity(0)
    try:
        _keep_on({max(whole)}, processes)
        yield
    finally:
        _keep_on(whole, processes)


def _keep_on(cores: set[int], processes: tuple[int, ...]) -> None:
    for process in processes:
        with suppress(FileNotFoundError):  # it has ended meanwhile, as a thread may have
            for thread in Path(f"/proc/{process}/task").iterdir():
                with suppress(ProcessLookupError):
                    os.sched_setaffinity(int(thread.name), cores)
