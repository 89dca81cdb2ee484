"""Acts that fork while threads read."""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator

from django.core.cache import cache
from surecache.django import ABSENT

from tests.processes.shop.regions import number as answers

KEYS = 200
THREADS = 4
# A child takes milliseconds; one that hangs is found by it.
PATIENCE_S = 15


def fill() -> None:
    """Stores what parents and children read."""
    for number in range(KEYS):
        cache.set(f"fork:{number}", value(number), None)
        answers.get_or_load(load_number, number=number)


def load_number(number: int) -> list[int]:
    return value(number)


def fork_under_load(forks: int) -> int:
    """Forks so many children while threads read; how many reads these made.

    Each child must find everything that the parent has, and be able to load and to store.
    """
    with _reading() as reads:
        for number in range(forks):
            _forked(lambda number=number: _child(number))
        return sum(reads)


def fork_by_multiprocessing(forks: int) -> int:
    """The same by Python's own means; how many children there were."""
    context = multiprocessing.get_context("fork")
    with _reading():
        children = [context.Process(target=_child, args=(number,)) for number in range(forks)]
        for child in children:
            child.start()
        for child in children:
            child.join(PATIENCE_S)
        codes = [child.exitcode for child in children]
        assert codes == [0] * forks, codes
        return len(codes)


def fork_in_a_fork(depth: int) -> None:
    """Children of children; each reads and writes as the first."""

    def generation(number: int) -> None:
        _child(number)
        if number < depth:
            _forked(lambda: generation(number + 1))

    with _reading():
        _forked(lambda: generation(1))


def written(forks: int) -> list[int]:
    """Which children's values this process finds."""
    return [number for number in range(forks) if cache.get(f"child:{number}") == value(number)]


def _child(number: int) -> None:
    for each in range(KEYS):
        assert cache.get(f"fork:{each}") == value(each), f"a wrong value: {each}"
        found = answers.peek(number=each)
        assert found is not ABSENT, f"a lost answer: {each}"
        assert found == value(each), f"a wrong answer: {each}"
    cache.set(f"child:{number}", value(number), None)
    assert cache.get(f"child:{number}") == value(number)
    fresh = KEYS + number
    assert answers.get_or_load(load_number, number=fresh) == value(fresh)
    answers.invalidate(number=fresh)
    assert answers.peek(number=fresh) is ABSENT


def _forked(run: Callable[[], None]) -> None:
    """Runs it in a child, which must end well and soon."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            run()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    give_up = time.monotonic() + PATIENCE_S
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            assert os.waitstatus_to_exitcode(status) == 0, "a child found something wrong"
            return
        if time.monotonic() > give_up:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise AssertionError("a child hangs")
        time.sleep(0.001)


@contextlib.contextmanager
def _reading() -> Iterator[list[int]]:
    """Threads read meanwhile; the numbers of their reads stand in the list at the end."""
    over = threading.Event()
    reads = [0] * THREADS
    wrong: list[str] = []
    started = threading.Barrier(THREADS + 1)

    def read(thread: int) -> None:
        started.wait()
        while not over.is_set():
            each = reads[thread] % KEYS
            if cache.get(f"fork:{each}") != value(each) or answer(each) != value(each):
                wrong.append(f"a wrong value in the parent: {each}")
            reads[thread] += 1

    threads = [threading.Thread(target=read, args=(each,)) for each in range(THREADS)]
    for thread in threads:
        thread.start()
    started.wait()
    try:
        yield reads
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert wrong == []


def answer(number: int) -> object:
    return answers.get_or_load(load_number, number=number)


def value(number: int) -> list[int]:
    """Differs in every byte that matters from that of any other number."""
    return [number] * 100
