"""Who holds by an object that threads, tasks and event loops share, and for how long."""

import asyncio
import sys
import threading

import pytest
from django.core.cache import caches
from surecache.errors import Misuse

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


def test_a_thread_waits_for_a_shared_lock_that_another_acquired(cache):
    """It was once told that it would wait for itself."""
    lock = cache.lock("shared", thread_local=False)
    assert lock.acquire()
    thread, told = in_a_thread(lock.acquire)
    thread.join(0.05)
    assert told == []
    lock.release()
    thread.join(PATIENCE_S)
    assert told == [True]
    lock.release()


async def test_a_task_waits_for_a_shared_lock_that_another_acquired():
    lock = caches["default"].alock("shared", thread_local=False)
    assert await lock.acquire()
    other = asyncio.create_task(lock.acquire())
    await asyncio.sleep(0.05)
    assert not other.done()
    await lock.release()
    assert await asyncio.wait_for(other, PATIENCE_S)
    await lock.release()


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


@pytest.mark.parametrize("limit", [None, 1])
def test_who_would_wait_for_himself_by_another_object_is_told(cache, limit):
    def one(**named):
        if limit is None:
            return cache.lock("self", **named)
        return cache.semaphore("self", limit, **named)

    def nested():
        with one():
            one().acquire()

    with one():
        assert not one().acquire(blocking=False)
        assert not one().acquire(blocking_timeout=0.02)
        thread, told = in_a_thread(nested)
        thread.join(0.05)
        assert told == []  # another thread waits
    thread.join(PATIENCE_S)
    assert [type(error) for error in told] == [Misuse]
    assert "this would wait for itself" in str(told[0])
    assert one().acquire(blocking=False)


async def test_a_task_that_would_wait_for_itself_by_another_object_is_told():
    cache = caches["default"]
    async with cache.alock("self"):
        with pytest.raises(Misuse, match="this would wait for itself"):
            await cache.alock("self").acquire()
    assert await cache.alock("self").acquire(blocking=False)


def test_who_waits_for_a_lock_of_his_that_falls_free_is_not_told(cache):
    timed, other = cache.lock("timed", timeout=0.05), cache.lock("timed")
    assert timed.acquire()
    assert other.acquire()
    assert timed.is_lost
    other.release()


async def test_a_task_may_have_another_one_wait_for_what_it_holds():
    cache = caches["default"]
    first, second = cache.alock("next"), cache.alock("next")
    assert await first.acquire()
    waiting = asyncio.create_task(second.acquire())
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await first.release()
    assert await asyncio.wait_for(waiting, PATIENCE_S)
    await second.release()
