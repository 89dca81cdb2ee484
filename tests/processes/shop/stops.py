"""Acts beside a writer that is stopped in the middle of a write."""

import asyncio
import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator

from django.core.cache import cache
from surecache.errors import Unavailable

TRIES = 200
TURN_S = 0.01
SLICE_S = 0.003  # the writer goes on to any place of its loop


def turns_while_a_task_asks_for_a_lock() -> int:
    """How often another thread had its turn while a task asked for a lock, in vain."""
    for _ in range(TRIES):
        with _stopped_writer(), _turning() as turns:
            before = len(turns)
            if asyncio.run(_is_refused()):
                return len(turns) - before
    raise AssertionError("no writer was stopped in the middle of a write")


async def _is_refused() -> bool:
    lock = cache.alock("asked")
    try:
        await lock.acquire(blocking=False)
    except Unavailable:
        return True
    await lock.release()
    return False  # the writer was stopped between two writes


@contextlib.contextmanager
def _stopped_writer() -> Iterator[None]:
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        _write_for_ever(write_end)
    os.close(write_end)
    try:
        assert os.read(read_end, 1) == b"w"
        time.sleep(SLICE_S)
        os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        os.close(read_end)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _write_for_ever(told: int) -> None:
    """Locks are written where no values are."""
    lock = cache.lock(f"written:{os.getpid()}")  # the last one died with its own
    try:
        with lock:
            os.write(told, b"w")
        while True:
            with lock:
                pass
    finally:
        os._exit(1)


@contextlib.contextmanager
def _turning() -> Iterator[list[None]]:
    turns: list[None] = []
    is_over = threading.Event()

    def turn() -> None:
        while not is_over.wait(TURN_S):
            turns.append(None)

    thread = threading.Thread(target=turn)
    thread.start()
    try:
        yield turns
    finally:
        is_over.set()
        thread.join()
