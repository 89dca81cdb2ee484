"""Where calls are made: in how many processes and threads, and on which cores."""

from __future__ import annotations

from typing import NamedTuple


class Setting(NamedTuple):
    """So many processes, each with so many threads."""

    name: str
    processes: int = 1
    threads: int = 1
    is_pinned: bool = False
    """Client and server share a core: a call costs what both do for it, without the wake-up of
    another core."""


PINNED = Setting("1 thread, pinned", is_pinned=True)
THREAD = Setting("1 thread")
THREADS = Setting("8 threads", threads=8)
PROCESSES = Setting("2 processes", processes=2)
BOTH = Setting("2 processes of 8 threads", processes=2, threads=8)

SETTINGS = {each.name: each for each in (PINNED, THREAD, THREADS, PROCESSES, BOTH)}
