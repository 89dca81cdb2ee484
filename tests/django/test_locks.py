"""`cache.lock` and `cache.semaphore`, on each store, in both flavours."""

import asyncio
import contextlib
import logging
import threading

import pytest
from surecache.errors import LockError, LockLost, LockNotHeld, LockTimeout, Misuse

PATIENCE_S = 10  # that nothing needs
HOUR_S = 3600  # that nothing lasts: what comes free before did not by time


class Flavour:
    """Locks and their calls by their plain names, or through their twins on an event loop."""

    def __init__(self, is_async):
        self.is_async = is_async

    def lock(self, cache, *arguments, **named):
        return (cache.alock if self.is_async else cache.lock)(*arguments, **named)

    def semaphore(self, cache, *arguments, **named):
        return (cache.asemaphore if self.is_async else cache.semaphore)(*arguments, **named)

    async def call(self, lock, name, *arguments, **named):
        told = getattr(lock, name)(*arguments, **named)
        return await told if self.is_async else told

    @contextlib.asynccontextmanager
    async def held(self, lock):
        if self.is_async:
            async with lock as entered:
                yield entered
        else:
            with lock as entered:
                yield entered

    def run(self, steps):
        """Runs a test's steps: on a loop of their own, or here."""
        if self.is_async:
            return asyncio.run(steps)
        with contextlib.suppress(StopIteration):
            steps.send(None)
            raise AssertionError("something was awaited")


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def flavour(request):
    return Flavour(request.param)


@pytest.fixture
def steps(flavour, cache, request):
    """Runs the steps of a test, with a key of its own."""

    def ran(steps):
        return flavour.run(steps(flavour, cache, request.node.name))

    return ran


def test_one_holds_a_lock_and_gives_it_back(steps):
    async def told(flavour, cache, key):
        one, other = flavour.lock(cache, key), flavour.lock(cache, key)
        assert await flavour.call(one, "acquire") is True
        assert await flavour.call(other, "acquire", blocking=False) is False
        assert await flavour.call(other, "acquire", blocking_timeout=0.02) is False
        assert await flavour.call(other, "locked") is True
        assert await flavour.call(one, "owned") is True
        assert await flavour.call(other, "owned") is False
        await flavour.call(one, "release")
        assert await flavour.call(other, "locked") is False
        assert await flavour.call(one, "owned") is False
        assert await flavour.call(other, "acquire", blocking=False) is True
        await flavour.call(other, "release")

    steps(told)


def test_a_block_holds_a_lock(steps):
    async def told(flavour, cache, key):
        other = flavour.lock(cache, key, blocking_timeout=0.02)
        async with flavour.held(flavour.lock(cache, key)) as lock:
            assert lock.fencing_token > 0
            assert not lock.is_lost
            with pytest.raises(LockTimeout, match=r"held by others for 0\.02 s"):
                async with flavour.held(other):
                    raise AssertionError("held by two")
        async with flavour.held(other):
            assert await flavour.call(lock, "locked")

    steps(told)


def test_what_is_not_held_is_neither_released_nor_prolonged(steps):
    async def told(flavour, cache, key):
        lock = flavour.lock(cache, key, timeout=PATIENCE_S)
        for call in (("release",), ("extend", 1), ("reacquire",)):
            with pytest.raises(LockNotHeld):
                await flavour.call(lock, *call)
        with pytest.raises(LockNotHeld):
            _ = lock.fencing_token
        async with flavour.held(lock):
            pass
        with pytest.raises(LockNotHeld):
            await flavour.call(lock, "release")

    steps(told)


def test_a_lock_with_a_timeout_is_lost_after_it(steps):
    async def told(flavour, cache, key):
        lost, held = flavour.lock(cache, key, timeout=0.05), flavour.lock(cache, key)
        assert await flavour.call(lost, "acquire")
        assert await flavour.call(held, "acquire", blocking_timeout=PATIENCE_S)
        assert lost.is_lost
        assert not await flavour.call(lost, "owned")
        for call in (("extend", 1), ("reacquire",), ("release",)):
            with pytest.raises(LockLost, match="its time was over"):
                await flavour.call(lost, *call)
        assert await flavour.call(held, "owned")
        await flavour.call(held, "release")

    steps(told)


def test_a_lock_without_a_timeout_is_held_as_long_as_it_takes(steps):
    async def told(flavour, cache, key):
        async with flavour.held(flavour.lock(cache, key, lease=0.3)) as lock:
            other = flavour.lock(cache, key, blocking_timeout=1)
            assert not await flavour.call(other, "acquire")
            assert not lock.is_lost
            assert await flavour.call(lock, "owned")
            for call in (("extend", 1), ("reacquire",)):
                with pytest.raises(Misuse, match="found: one that is renewed"):
                    await flavour.call(lock, *call)

    steps(told)


def test_a_timeout_is_prolonged_and_set_anew(steps):
    async def told(flavour, cache, key):
        lock, other = flavour.lock(cache, key, timeout=0.2), flavour.lock(cache, key)
        assert await flavour.call(lock, "acquire")
        assert await flavour.call(lock, "extend", HOUR_S) is True
        assert not await flavour.call(other, "acquire", blocking_timeout=0.4)
        assert await flavour.call(lock, "reacquire") is True
        assert await flavour.call(other, "acquire", blocking_timeout=PATIENCE_S)
        await flavour.call(other, "release")
        with pytest.raises(LockLost):
            await flavour.call(lock, "release")
        lock = flavour.lock(cache, key, timeout=HOUR_S)
        assert await flavour.call(lock, "acquire")
        assert await flavour.call(lock, "extend", 0.05, replace_ttl=True) is True
        assert await flavour.call(other, "acquire", blocking_timeout=PATIENCE_S)
        await flavour.call(other, "release")

    steps(told)


def test_a_lock_and_the_value_of_its_key_share_nothing(steps):
    async def told(flavour, cache, key):
        cache.set(key, "value")
        async with flavour.held(flavour.lock(cache, key)) as lock:
            assert cache.get(key) == "value"
            cache.set(key, "other")
            assert await flavour.call(lock, "owned")
            cache.delete(key)
            cache.clear()
            assert await flavour.call(lock, "owned")
            assert cache.get(key) is None

    steps(told)


def test_fencing_tokens_rise(steps):
    async def told(flavour, cache, key):
        tokens = []
        for number in range(4):
            lock = flavour.lock(cache, f"{key}:{number % 2}", timeout=0.02)
            assert await flavour.call(lock, "acquire", blocking_timeout=PATIENCE_S)
            tokens.append(lock.fencing_token)
            cache.clear()
        assert tokens == sorted(set(tokens))

    steps(told)


def test_versions_and_semaphores_have_places_of_their_own(steps):
    async def told(flavour, cache, key):
        locks = [
            flavour.lock(cache, key),
            flavour.lock(cache, key, 2),
            flavour.lock(cache, key, version=3),
            flavour.semaphore(cache, key, 1),
            flavour.semaphore(cache, key, 1, version=2),
        ]
        for lock in locks:
            assert await flavour.call(lock, "acquire", blocking=False)
        assert not await flavour.call(flavour.lock(cache, key, version=2), "acquire", 0, False)
        for lock in locks:
            await flavour.call(lock, "release")

    steps(told)


def test_a_semaphore_has_as_many_holders_as_its_limit(steps):
    async def told(flavour, cache, key):
        semaphores = [flavour.semaphore(cache, key, 3) for _ in range(4)]
        for semaphore in semaphores[:3]:
            assert await flavour.call(semaphore, "acquire", blocking=False)
        assert await flavour.call(semaphores[3], "locked")
        assert not await flavour.call(semaphores[3], "acquire", blocking_timeout=0.02)
        await flavour.call(semaphores[1], "release")
        async with flavour.held(semaphores[3]) as held:
            assert held.fencing_token > semaphores[0].fencing_token
        assert not await flavour.call(semaphores[3], "locked")
        for number in (0, 2):
            await flavour.call(semaphores[number], "release")

    steps(told)


def test_one_semaphore_may_be_taken_more_than_once(steps):
    async def told(flavour, cache, key):
        semaphore = flavour.semaphore(cache, key, 2)
        async with flavour.held(semaphore) as outer:
            first = outer.fencing_token
            async with flavour.held(semaphore) as inner:
                assert inner.fencing_token > first
                assert await flavour.call(semaphore, "locked")
            assert outer.fencing_token == first
        assert not await flavour.call(flavour.semaphore(cache, key, 1), "locked")

    steps(told)


def test_who_would_wait_for_himself_is_told(steps):
    async def told(flavour, cache, key):
        lock = flavour.lock(cache, key)
        async with flavour.held(lock):
            with pytest.raises(Misuse, match="this would wait for itself"):
                await flavour.call(lock, "acquire")
            assert not await flavour.call(lock, "acquire", blocking=False)
            assert not await flavour.call(lock, "acquire", blocking_timeout=0.02)

    steps(told)


def test_what_a_block_raises_is_not_hidden_by_the_loss_of_its_lock(steps, caplog):
    async def told(flavour, cache, key):
        async def overtaken(**named):
            async with flavour.held(flavour.lock(cache, key, timeout=0.02, **named)):
                other = flavour.lock(cache, key)
                assert await flavour.call(other, "acquire", blocking_timeout=PATIENCE_S)
                await flavour.call(other, "release")
                if "error" in key:
                    raise KeyError(key)

        with pytest.raises(LockLost):
            await overtaken()
        await overtaken(raise_on_release_error=False)
        key += "error"
        with pytest.raises(KeyError, match="error"):
            await overtaken()
        told = [record for record in caplog.records if "the lock was lost" in record.message]
        assert [record.levelno for record in told] == [logging.WARNING] * 2

    steps(told)


def test_a_lock_object_that_is_forgotten_holds_on_only_where_it_has_a_timeout(steps):
    async def told(flavour, cache, key):
        async def forgotten(**named):
            assert await flavour.call(flavour.lock(cache, key, **named), "acquire")

        other = flavour.lock(cache, key)
        await forgotten()
        assert await flavour.call(other, "acquire", blocking_timeout=PATIENCE_S)
        await flavour.call(other, "release")
        # The way to do something once an hour.
        await forgotten(timeout=HOUR_S)
        assert not await flavour.call(other, "acquire", blocking_timeout=0.1)

    steps(told)


@pytest.mark.parametrize(
    ("named", "text"),
    [
        ({"timeout": 0}, "wanted a time of a lock of 0.001 s at least, found: 0"),
        ({"timeout": -1}, "wanted a timeout in seconds, found: -1"),
        ({"lease": 0.05}, "wanted a lease of a lock of 0.1 s at least, found: 0.05"),
        ({"lease": 5, "timeout": 6}, "wanted timeout or lease, found both: 6 and 5"),
        ({"blocking_timeout": -2}, "wanted a blocking_timeout in seconds, found: -2"),
        ({"sleep": -1}, "wanted sleep in seconds, found: -1"),
        ({"client": "redis"}, "wanted no client, found: 'redis'\nhint: the lock lies in the store"),
        ({"lock_class": dict}, "wanted no lock_class, found: <class 'dict'>\nhint: redis-py's own"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_is_written(flavour, cache, named, text):
    with pytest.raises(Misuse) as caught:
        flavour.lock(cache, "k", **named)
    assert text in str(caught.value)


def test_what_makes_no_sense_of_a_call_is_refused(steps):
    async def told(flavour, cache, key):
        with pytest.raises(Misuse, match="wanted no token"):
            await flavour.call(flavour.lock(cache, key), "acquire", token="mine")
        for limit in (-1, 0, 1001):
            with pytest.raises(Misuse, match=f"1 to 1000 holders of a semaphore, found: {limit}"):
                flavour.semaphore(cache, key, limit)
        async with flavour.held(flavour.lock(cache, key, timeout=PATIENCE_S)) as lock:
            for seconds in (0, -1):
                with pytest.raises(Misuse, match=f"found: {seconds}"):
                    await flavour.call(lock, "extend", seconds)

    steps(told)


def test_what_callers_of_other_caches_write_is_taken(cache):
    lock = cache.get_lock("taken", None, HOUR_S, 0.1, True, 5, None, True)
    assert lock.acquire(sleep=0.1, blocking=True, blocking_timeout=1, token=None)
    lock.release()
    assert cache.aget_lock.__func__ is cache.alock.__func__
    assert issubclass(LockLost, LockError)
    assert issubclass(LockTimeout, TimeoutError)


def test_threads_hold_each_for_itself_unless_they_are_to_share(cache):
    errors = []

    def release(lock):
        try:
            lock.release()
        except LockError as error:
            errors.append(type(error))

    for shared, told in ((False, [LockNotHeld]), (True, [])):
        lock = cache.lock(f"threads:{shared}", thread_local=not shared)
        assert lock.acquire()
        thread = threading.Thread(target=release, args=(lock,))
        thread.start()
        thread.join()
        assert errors == told
        assert lock.locked() is not shared
        errors.clear()


def test_threads_that_share_an_object_take_turns(cache):
    lock, inside, most, counts = cache.lock("turns"), [], [], []

    def count():
        for _ in range(10):
            with lock:
                inside.append(True)
                most.append(len(inside))
                counts.append(lock.fencing_token)
                inside.pop()

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(most) == {1}
    assert counts == sorted(set(counts))
    assert len(counts) == 80
