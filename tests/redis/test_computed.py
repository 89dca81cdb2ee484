"""Values that are made on an event loop: computed once, pickled with the database's help."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import connections

NAMES = ["ada", "grace"]


@pytest.fixture
def users(transactional_db):
    for name in NAMES:
        User.objects.create(username=name)
    return User.objects.order_by("username")


@pytest.fixture(autouse=True)
async def _closed():
    """The thread of Django's database calls has a connection of its own."""
    yield
    await sync_to_async(connections.close_all, thread_sensitive=True)()


def names_of(found):
    """Without asking the database."""
    return [user.username for user in found._result_cache]


async def test_a_query_that_was_not_run_is_run_where_it_is_stored(cache, users):
    await cache.aset("users", users.all())
    assert names_of(await cache.aget("users")) == NAMES
    assert await cache.aadd("more", users.all())
    assert names_of(cache.get("more")) == NAMES


async def test_a_query_that_was_not_run_is_run_where_it_is_computed(cache, users):
    async def compute():
        return users.all()

    await cache.aget_or_set("awaited", compute)
    assert names_of(await cache.aget("awaited")) == NAMES
    await cache.aget_or_set("called", users.all)
    assert names_of(await cache.aget("called")) == NAMES
    await cache.aget_or_set("given", users.all())
    assert names_of(await cache.aget("given")) == NAMES


async def test_fifty_tasks_compute_once(cache):
    calls, go = [], asyncio.Event()

    async def compute():
        calls.append(asyncio.current_task())
        await go.wait()
        return {"answer": 42}

    tasks = [asyncio.create_task(cache.aget_or_set("key", compute)) for _ in range(50)]
    while not calls:
        await asyncio.sleep(0)
    done, _ = await asyncio.wait(tasks, timeout=0.05)
    assert done == set()
    go.set()
    found = await asyncio.gather(*tasks)
    assert found == [{"answer": 42}] * 50
    assert len({id(each) for each in found}) == 50
    assert len(calls) == 1
    assert calls[0] in tasks


async def test_a_cancelled_leader_is_replaced(cache):
    calls, began = [], asyncio.Event()

    async def compute():
        calls.append(asyncio.current_task())
        if len(calls) == 1:
            began.set()
            await asyncio.Event().wait()
        return "computed"

    leading = asyncio.create_task(cache.aget_or_set("key", compute))
    await began.wait()
    waiting = [asyncio.create_task(cache.aget_or_set("key", compute)) for _ in range(20)]
    done, _ = await asyncio.wait(waiting, timeout=0.05)
    assert done == set()
    leading.cancel()
    assert await asyncio.gather(*waiting) == ["computed"] * 20
    with pytest.raises(asyncio.CancelledError):
        await leading
    assert len(calls) == 2
    assert await cache.aget("key") == "computed"


async def test_a_cancelled_waiter_disturbs_nobody(cache):
    calls, go = [], asyncio.Event()

    async def compute():
        calls.append(asyncio.current_task())
        await go.wait()
        return "computed"

    tasks = [asyncio.create_task(cache.aget_or_set("key", compute)) for _ in range(30)]
    while not calls:
        await asyncio.sleep(0)
    waiting = [task for task in tasks if task is not calls[0]]
    for task in waiting[::2]:
        task.cancel()
    go.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert found.count("computed") == 30 - len(waiting[::2])
    assert {type(each) for each in found if each != "computed"} == {asyncio.CancelledError}
    assert len(calls) == 1


async def test_a_value_that_is_deleted_while_it_is_computed_is_not_stored(cache):
    async def compute():
        await cache.adelete("key")
        return "old"

    assert await cache.aget_or_set("key", compute) == "old"
    assert await cache.aget("key") is None
