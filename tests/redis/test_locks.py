"""Locks on a server: where it is down, who is woken, what is left behind, and under which keys."""

import asyncio
import contextlib
import os
import signal
import sys
import threading

import pytest
from surecache.errors import LockLost, Unavailable

from tests.redis.watching import run_on, until

HOUR_S = 3600  # that nothing lasts: what comes free before did not by time
WAITERS = 50


@pytest.mark.parametrize("ignores", [False, True])
def test_while_the_server_is_down_nothing_looks_held(at, redis_server, ignores):
    cache = at(redis_server.location, IGNORE_EXCEPTIONS=ignores)
    held = cache.lock("held")
    assert held.acquire()
    redis_server.stop()
    for _ in range(10):
        with pytest.raises(Unavailable):
            cache.lock("k").acquire()  # for ever, if it waited
    with pytest.raises(Unavailable), cache.lock("k"):
        raise AssertionError("held without a server")
    for call in (cache.lock("k").locked, held.owned, held.release):
        with pytest.raises(Unavailable):
            call()

    async def on_a_loop():
        with pytest.raises(Unavailable):
            await cache.alock("k").acquire()
        with pytest.raises(Unavailable):
            await cache.asemaphore("k", 2).acquire()

    asyncio.run(on_a_loop())


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_release_that_could_not_be_asked_for_is_told_where_a_loss_is_not(
    at, redis_server, is_async
):
    """`raise_on_release_error` speaks of a lock that was lost. A failure was once hidden too."""
    cache = at(redis_server.location)

    def held():
        with cache.lock("held", raise_on_release_error=False):
            redis_server.stop()

    async def held_on_a_loop():
        async with cache.alock("held", raise_on_release_error=False):
            redis_server.stop()

    with pytest.raises(Unavailable):
        asyncio.run(held_on_a_loop()) if is_async else held()


def test_a_server_that_has_forgotten_everything_has_lost_the_locks(cache, redis_server):
    def answers():
        with contextlib.suppress(Unavailable):
            return cache.set("answers", True)

    lock = cache.lock("k")
    assert lock.acquire()
    redis_server.restart()
    until(answers)
    with pytest.raises(LockLost):
        lock.release()


def test_waiting_tasks_take_no_threads_and_leave_the_loop_free(cache, redis_server, new_loop):
    async def main():
        async def wait_for_turn():
            async with cache.alock("k"):
                order.append(True)

        order, turns = [], 0
        async with cache.alock("k", timeout=HOUR_S):
            tasks = [asyncio.ensure_future(wait_for_turn())]
            # The listener is there.
            while b" sub=1 " not in redis_server.ask("CLIENT", "LIST"):
                await asyncio.sleep(0.001)
            threads = len(os.listdir("/proc/self/task"))
            tasks += [asyncio.ensure_future(wait_for_turn()) for _ in range(WAITERS - 1)]
            for _ in range(100):
                await asyncio.sleep(0.001)
                turns += 1
            # None for each; one that has nothing to do with them may have begun.
            assert len(os.listdir("/proc/self/task")) < threads + WAITERS // 4
            assert order == []
        await asyncio.gather(*tasks)
        return turns, len(order)

    assert run_on(new_loop, main()) == (100, WAITERS)


def test_a_task_that_is_cancelled_holds_nothing(cache, new_loop):
    """At each of its steps, also where the server's answer is on its way."""

    async def cancelled(lock, steps):
        """Acquires in a task of its own, and cancels that after some turns of the loop."""
        task = asyncio.ensure_future(lock.acquire())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        return (await asyncio.gather(task, return_exceptions=True))[0]

    async def main():
        ends = []
        for steps in range(20):
            lock = cache.alock("k", timeout=HOUR_S)
            ends.append(await cancelled(lock, steps) is True)
            if ends[-1]:
                await lock.release()
            # Within ten seconds, and not in an hour.
            async with cache.alock("k", blocking_timeout=10):
                told = await cancelled(cache.alock("k"), steps)
                assert isinstance(told, asyncio.CancelledError)
        assert not all(ends), "nothing was cancelled"

    run_on(new_loop, main())


@pytest.mark.parametrize("turns", range(3))
def test_a_task_that_is_cancelled_as_it_is_told_is_cancelled(cache, redis_server, turns):
    """The word first, the cancellation in the same turn of the loop or soon after: before Python
    3.12 `asyncio.wait_for` would forget it, and the task go on to take the lock.
    """

    def calls():
        told = redis_server.ask("INFO", "commandstats")
        return int(told.partition(b"cmdstat_evalsha:calls=")[2].partition(b",")[0])

    def innermost(task):
        """The coroutine function in which a task waits."""
        coroutine = task.get_coro()
        while hasattr(coroutine.cr_await, "cr_await"):
            coroutine = coroutine.cr_await
        return coroutine.__name__

    async def main():
        loop, held = asyncio.get_running_loop(), cache.alock("k", timeout=HOUR_S)
        assert await held.acquire()
        before = calls()
        task = asyncio.ensure_future(cache.alock("k", timeout=HOUR_S).acquire())
        # It has looked once more after its subscription stood: from now on it is told, or waits.
        while calls() < before + 2 or innermost(task) != "wait":
            await asyncio.sleep(0.001)
        tell = loop.call_soon_threadsafe

        def cancel_in(turns):
            return task.cancel() if turns == 0 else loop.call_soon(cancel_in, turns - 1)

        def tell_and_cancel(word, *arguments, **named):
            # In one: the thread that tells may be stopped between two.
            def both():
                word(*arguments)
                cancel_in(turns)

            return tell(both, **named)

        loop.call_soon_threadsafe = tell_and_cancel
        await held.release()
        (told,) = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(told, asyncio.CancelledError)
        async with cache.alock("k", blocking_timeout=10):
            pass

    asyncio.run(main())


def test_an_interrupt_ends_a_wait_and_leaves_no_lock(cache):
    def interrupt():
        until(is_waiting)
        os.kill(os.getpid(), signal.SIGUSR1)

    def is_waiting():
        frame = sys._current_frames()[main]
        return frame.f_code.co_name == "acquire"

    def handle(number, frame):
        raise KeyboardInterrupt

    main, before = threading.get_ident(), signal.signal(signal.SIGUSR1, handle)
    try:
        with cache.lock("k"):
            thread = threading.Thread(target=interrupt)
            thread.start()
            with pytest.raises(KeyboardInterrupt):
                cache.lock("k", thread_local=False, timeout=HOUR_S).acquire()
            thread.join()
    finally:
        signal.signal(signal.SIGUSR1, before)
    with cache.lock("k", blocking_timeout=10):
        pass


def test_locks_lie_under_keys_of_their_own(cache, redis_server):
    prefix, name = cache.key_prefix, cache.make_key("k")
    cache.set("k", "value")
    lock, semaphore = cache.lock("k", timeout=HOUR_S), cache.semaphore("k", 2, timeout=HOUR_S)
    assert lock.acquire()
    assert semaphore.acquire()
    assert redis_server.ask("GET", f"{prefix}:f") == b"$16\r\n%d" % semaphore.fencing_token
    for key in (f"{prefix}:k:{{{name}}}:0", f"{prefix}:p:{{{name}}}:0"):
        assert redis_server.ask("STRLEN", key) == b":16"
        assert redis_server.ask("TTL", key) in (b":3600", b":3599")
    cache.clear()
    assert redis_server.ask("DBSIZE") >= b":3"
    assert lock.owned()
    lock.release()
    semaphore.release()
    assert redis_server.ask("EXISTS", f"{prefix}:k:{{{name}}}:0") == b":0"
    assert redis_server.ask("EXISTS", f"{prefix}:p:{{{name}}}:0") == b":0"
    assert redis_server.ask("PTTL", f"{prefix}:f") == b":-1"
