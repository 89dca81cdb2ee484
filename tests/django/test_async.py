"""What is of asyncio alone: the loop is never blocked, cancelled tasks leave nothing behind."""

# ruff: noqa: A002, A006 -- a key field has the name of its column

import asyncio
import threading

import pytest
from surecache.django import ABSENT, Tag, depends, invalidate

from tests.django.database import Gate, other_threads


async def test_a_coroutine_function_runs_in_the_task(declare):
    region, seen = declare(depends_on=[Tag("rates")]), []

    async def load(id):
        seen.append((asyncio.current_task(), threading.get_ident()))
        depends(Tag("found"))
        await asyncio.sleep(0)
        return {"id": id}

    assert await region.aget_or_load(load, id=1) == {"id": 1}
    assert await region.aget_or_load(load, id=1) == {"id": 1}
    assert seen == [(asyncio.current_task(), threading.get_ident())]
    invalidate(Tag("found"))
    assert region.peek(id=1) is ABSENT


async def test_a_plain_loader_runs_in_the_thread_of_database_calls(declare):
    from asgiref.sync import sync_to_async

    region = declare()
    ident = await region.aget_or_load(lambda id: threading.get_ident(), id=1)
    assert ident == await sync_to_async(threading.get_ident, thread_sensitive=True)()
    assert ident != threading.get_ident()


@pytest.mark.parametrize("alias", ["default", "embedded"])
async def test_hits_on_a_store_of_this_machine_do_not_leave_the_loop(declare, cache):
    region = declare()

    def load(id):
        return "answer"

    await region.aget_or_load(load, id=1)
    for coroutine in (
        region.aget_or_load(load, id=1),
        cache.aset("key", 1),
        cache.aget("key"),
        cache.aincr("key"),
        cache.aget_many(["key"]),
        cache.atouch("key"),
        cache.adelete("key"),
    ):
        with pytest.raises(StopIteration):
            coroutine.send(None)


async def test_fifty_tasks_load_once_while_the_loop_goes_on(declare):
    region, calls, go = declare(), [], asyncio.Event()

    async def load(id):
        calls.append(id)
        await go.wait()
        return {"answer": 42}

    tasks = [asyncio.create_task(region.aget_or_load(load, id=1)) for _ in range(50)]
    await asyncio.sleep(0)
    go.set()
    found = await asyncio.gather(*tasks)
    assert found == [{"answer": 42}] * 50
    assert len({id(each) for each in found}) == 50
    assert len(calls) == 1


async def test_tasks_wait_for_a_thread_s_load(declare):
    region, gate, calls = declare(), Gate(), []

    def load(id):
        calls.append(id)
        gate.hold()
        return "answer"

    with other_threads() as pool:
        leading = pool.submit(region.get_or_load, load, id=1)
        await asyncio.to_thread(gate.await_begun)
        tasks = [asyncio.create_task(region.aget_or_load(load, id=1)) for _ in range(5)]
        done, _ = await asyncio.wait(tasks, timeout=0.05)
        assert done == set()
        gate.let_go()
        assert await asyncio.gather(*tasks) == ["answer"] * 5
        assert leading.result() == "answer"
    assert len(calls) == 1


async def test_a_cancelled_leader_is_replaced(declare):
    region, began, calls = declare(), asyncio.Event(), []

    async def load(id):
        calls.append(id)
        if len(calls) == 1:
            began.set()
            await asyncio.Event().wait()
        return "answer"

    leading = asyncio.create_task(region.aget_or_load(load, id=1))
    await began.wait()
    waiting = [asyncio.create_task(region.aget_or_load(load, id=1)) for _ in range(5)]
    await asyncio.sleep(0)
    leading.cancel()
    assert await asyncio.gather(*waiting) == ["answer"] * 5
    with pytest.raises(asyncio.CancelledError):
        await leading
    assert len(calls) == 2


async def test_a_cancelled_waiter_disturbs_nobody(declare):
    region, go = declare(), asyncio.Event()

    async def load(id):
        await go.wait()
        return "answer"

    tasks = [asyncio.create_task(region.aget_or_load(load, id=1)) for _ in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    go.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [found[0], type(found[1]), found[2]] == ["answer", asyncio.CancelledError, "answer"]


async def test_a_waiter_that_is_cancelled_as_the_load_lands_is_cancelled(declare):
    """The word first, the cancellation in the same turn of the loop: before Python 3.12
    `asyncio.wait_for` would forget it, and the task go on.
    """
    region, gate = declare(), asyncio.Event()

    async def load(id):
        await gate.wait()
        return "answer"

    leader = asyncio.create_task(region.aget_or_load(load, id=1))
    await asyncio.sleep(0)
    waiter = asyncio.create_task(region.aget_or_load(load, id=1))
    while not is_waiting(waiter):
        await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    tell = loop.call_soon_threadsafe

    def tell_and_cancel(*arguments, **named):
        told = tell(*arguments, **named)
        tell(waiter.cancel)
        return told

    loop.call_soon_threadsafe = tell_and_cancel
    try:
        gate.set()
        assert await leader == "answer"
        with pytest.raises(asyncio.CancelledError):
            await waiter
    finally:
        del loop.call_soon_threadsafe


def is_waiting(task):
    """Whether a task waits for another's load."""
    coroutine = task.get_coro()
    while hasattr(coroutine.cr_await, "cr_await"):
        coroutine = coroutine.cr_await
    return coroutine.__name__ == "wait"


async def test_errors_are_shared_as_copies(declare):
    region, go = declare(), asyncio.Event()

    async def load(id):
        await go.wait()
        raise LookupError("no such row")

    tasks = [asyncio.create_task(region.aget_or_load(load, id=1)) for _ in range(3)]
    await asyncio.sleep(0)
    go.set()
    errors = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(error) for error in errors] == [LookupError] * 3
    assert len({id(error) for error in errors}) == 3
    assert {error.__cause__ for error in errors} == {None, errors[0]}


async def test_nested_coroutines_hand_over_their_tags(declare):
    inner, outer = declare(depends_on=[Tag("inner")]), declare()

    async def load_inner(id):
        return "answer"

    async def load_outer(id):
        first, second = await asyncio.gather(
            inner.aget_or_load(load_inner, id=1), inner.aget_or_load(load_inner, id=2)
        )
        return [first, second]

    assert await outer.aget_or_load(load_outer, id=1) == ["answer", "answer"]
    assert outer.peek(id=1) == ["answer", "answer"]
    invalidate(Tag("inner"))
    assert outer.peek(id=1) is ABSENT


async def test_many_keys_with_a_coroutine_function(declare):
    region = declare()

    async def load_many(keys):
        await asyncio.sleep(0)
        return [key["id"] for key in keys]

    keys = [{"id": 1}, {"id": 2}]
    assert await region.aget_or_load_many(load_many, keys) == [1, 2]
    assert region.peek(id=2) == 2


async def test_an_absent_answer(declare):
    async def load(id):
        return ABSENT

    region = declare()
    assert await region.aget_or_load(load, id=1) is ABSENT
    assert await region.aget_or_load(load, id=1) is ABSENT
