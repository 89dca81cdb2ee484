"""Who holds by an object that threads, tasks and event loops share, and for how long."""

import asyncio
import sys
import threading

import pytest
from django.core.cache import caches

PATIENCE_S = 10  # that nothing needs


def in_a_thread(call):
    """A thread that was begun, and a list of what its call came to."""
    told = []

    def run():
        try:
            told.append(call())
        except Exception as error:
            told.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, told


def test_a_thread_that_ends_gives_up_what_it_holds(cache):
    lock = cache.lock("ended")
    thread, told = in_a_thread(lock.acquire)
    thread.join()
    assert told == [True]
    assert cache.lock("ended").acquire(blocking_timeout=PATIENCE_S)


@pytest.mark.parametrize("alias", ["default", "embedded", "redis"])
async def test_a_task_that_ends_gives_up_what_it_holds(alias):
    """It was once renewed for as long as the lock object was there."""
    lock = caches[alias].alock("ended")

    async def acquire():
        return await lock.acquire()

    task = asyncio.create_task(acquire())
    assert await task
    assert await caches[alias].alock("ended").acquire(blocking_timeout=PATIENCE_S)
    assert task.done()  # it is not forgotten, and neither is the lock
    assert not await lock.owned()


async def test_a_task_that_ends_leaves_a_lock_with_a_timeout_taken():
    lock = caches["default"].alock("left", timeout=PATIENCE_S)

    async def acquire():
        return await lock.acquire()

    assert await asyncio.create_task(acquire())
    assert not await lock.acquire(blocking_timeout=0.1)


def test_event_loops_of_several_threads_share_an_object():
    """Their tasks were once in one dictionary, which changed while another looked through it."""
    semaphore = caches["default"].asemaphore("loops", 1000)

    async def turn():
        async with semaphore:
            await asyncio.sleep(0)

    async def turns():
        for _ in range(30):
            await asyncio.gather(*(turn() for _ in range(20)))

    switches = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        running = [in_a_thread(lambda: asyncio.run(turns())) for _ in range(4)]
        for thread, _ in running:
            thread.join()
    finally:
        sys.setswitchinterval(switches)
    assert [told for _, told in running] == [[None]] * 4
