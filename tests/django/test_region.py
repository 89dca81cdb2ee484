"""Reads of regions: one load, hits, misses, errors, many keys, uncacheable answers."""

# ruff: noqa: A001, A002, A006 -- a key field has the name of its column

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import override_settings
from surecache.django import ABSENT, Row, Scope, Tag, Uncacheable, depends, invalidate
from surecache.errors import Misuse, SurecacheError

from tests.django.database import Gate, other_threads


def test_loads_once_then_hits(declare, door, counted):
    region = declare()
    for _ in range(3):
        assert door.load(region, counted, id=7) == {"call": 1, "id": 7}
    assert door.load(region, counted, id=8) == {"call": 2, "id": 8}


@pytest.mark.parametrize("value", [None, 0, "", [], {}, False])
def test_falsy_answers_are_answers(declare, door, value):
    region, calls = declare(), []

    def load(id):
        calls.append(id)
        return value

    assert door.load(region, load, id=1) == value
    assert door.load(region, load, id=1) == value
    assert len(calls) == 1


def test_a_region_without_key_fields(declare, door, counted):
    region = declare(key={})
    assert door.load(region, counted) == {"call": 1}
    assert door.load(region, counted) == {"call": 1}
    region.invalidate()
    assert door.load(region, counted) == {"call": 2}


def test_each_caller_gets_a_value_of_its_own(declare, door):
    region = declare()
    door.load(region, lambda id: {"list": []}, id=1)["list"].append(1)
    found = region.peek(id=1)
    found["list"].append(2)
    assert region.peek(id=1) == {"list": []}


def test_an_absent_answer_is_not_stored(declare, door):
    region, calls = declare(), []

    def load(id):
        calls.append(id)
        return ABSENT

    assert door.load(region, load, id=1) is ABSENT
    assert door.load(region, load, id=1) is ABSENT
    assert len(calls) == 2
    assert region.peek(id=1) is ABSENT


def test_peek_loads_nothing(declare, door, counted):
    region = declare()
    assert region.peek(id=1) is ABSENT
    door.load(region, counted, id=1)
    assert region.peek(id=1) == {"call": 1, "id": 1}
    region.invalidate(id=1)
    assert region.peek(id=1) is ABSENT


def test_explain_tells_what_stands_there_and_why_it_is_not_used(declare, door, counted):
    region = declare(depends_on=[Tag("rates")])
    assert region.explain(id=1)["found"] is False
    door.load(region, counted, id=1)
    explained = region.explain(id=1)
    assert (explained["found"], explained["hit"], explained["refusal"]) == (True, True, None)
    assert explained["region"] == region.name
    assert explained["admission"] == "full"
    invalidate(Tag("rates"))
    explained = region.explain(id=1)
    assert (explained["hit"], explained["refusal"]) == (False, "invalidated")


def test_a_failing_loader_reaches_its_caller_untouched_and_stores_nothing(declare, door):
    region, raised = declare(), LookupError("no such row")

    def load(id):
        if id == 1:
            raise raised
        return "fine"

    with pytest.raises(LookupError) as caught:
        door.load(region, load, id=1)
    assert caught.value is raised
    assert region.peek(id=1) is ABSENT
    assert door.load(region, load, id=2) == "fine"


def test_an_exit_passes_through_and_frees_the_key(declare, counted):
    region = declare()

    class Stop(BaseException):
        pass

    def load(id):
        if not stopped:
            stopped.append(id)
            raise Stop
        return "loaded"

    stopped = []
    with pytest.raises(Stop):
        region.get_or_load(load, id=1)
    assert region.get_or_load(load, id=1) == "loaded"


def test_a_failing_load_is_shared_with_those_who_waited_for_it(declare):
    region, gate, calls = declare(), Gate(), []

    def load(id):
        calls.append(id)
        gate.hold()
        raise LookupError("no such row")

    with other_threads(8) as pool:
        first = pool.submit(region.get_or_load, load, id=1)
        gate.await_begun()
        others = [pool.submit(region.get_or_load, load, id=1) for _ in range(7)]
        gate.let_go()
        errors = [each.exception() for each in (first, *others)]
    assert {type(error) for error in errors} == {LookupError}
    assert len({id(error) for error in errors}) == 8
    # Who comes after the first load has ended loads anew, and others may wait for that one.
    own = [error for error in errors if error.__cause__ is None]
    assert errors[0] in own
    assert len(own) == len(calls)
    assert all(error.__cause__ in own for error in errors if error not in own)


def test_fifty_cold_readers_load_once(declare):
    region, calls, gate = declare(), [], Gate()

    def load(id):
        calls.append(id)
        gate.hold()
        return {"answer": 42}

    barrier = threading.Barrier(51)

    def read():
        barrier.wait()
        return region.get_or_load(load, id=1)

    with other_threads(50) as pool:
        reads = [pool.submit(read) for _ in range(50)]
        barrier.wait()
        gate.await_begun()
        gate.let_go()
        found = [each.result() for each in reads]
    assert found == [{"answer": 42}] * 50
    assert len({id(each) for each in found}) == 50
    assert len(calls) == 1


def test_invalidating_the_key_beats_a_load_that_is_running(declare, door):
    """A slow load has read the old value; `region.invalidate(key)` returns; the load ends. Whoever
    starts later neither joins it nor finds what it brought.
    """
    region, gate = declare(), Gate()
    values = iter(["old", "new"])

    def load(id):
        value = next(values)
        if value == "old":
            gate.hold()
        return value

    with other_threads(2) as pool:
        loading = pool.submit(region.get_or_load, load, id=1)
        gate.await_begun()
        door.call(region, "invalidate", id=1)
        assert pool.submit(region.get_or_load, load, id=1).result() == "new"
        gate.let_go()
        assert loading.result() == "old"
    assert region.peek(id=1) == "new"


def test_invalidating_the_region_beats_loads_that_are_running(declare, door):
    region, gate = declare(), Gate()

    def load(id):
        gate.hold()
        return "old"

    with other_threads() as pool:
        loading = pool.submit(region.get_or_load, load, id=1)
        gate.await_begun()
        door.call(region, "invalidate")
        gate.let_go()
        assert loading.result() == "old"
    assert region.peek(id=1) is ABSENT


def test_many_keys_are_one_load_of_what_is_missing(declare, door):
    region, asked = declare(), []

    def load_many(keys):
        asked.append(keys)
        return [key["id"] * 10 for key in keys]

    assert door.call(region, "get_or_load_many", load_many, [{"id": 1}, {"id": 3}]) == [10, 30]
    keys = iter([{"id": id} for id in (3, 2, 1, 2)])
    assert door.call(region, "get_or_load_many", load_many, keys) == [30, 20, 10, 20]
    assert asked == [[{"id": 1}, {"id": 3}], [{"id": 2}]]
    assert door.call(region, "get_or_load_many", load_many, []) == []
    assert region.peek(id=2) == 20


@pytest.mark.parametrize("brought", [[1], [1, 2, 3], {"id": 1}, "ab", None])
def test_a_load_of_many_must_bring_a_value_for_each(declare, door, brought):
    region = declare()
    with pytest.raises(Misuse, match="wanted a"):
        door.call(region, "get_or_load_many", lambda keys: brought, [{"id": 1}, {"id": 2}])


def test_many_keys_in_another_order_do_not_wait_for_each_other_for_ever(declare):
    region, barrier = declare(), threading.Barrier(2)

    def load_many(keys):
        return [key["id"] for key in keys]

    def read(keys):
        barrier.wait()
        return region.get_or_load_many(load_many, keys)

    forth = [{"id": id} for id in range(50)]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(read, [forth, forth[::-1]]))
    assert found == [list(range(50)), list(range(50))[::-1]]


def test_what_depends_was_told_in_a_load_of_many_ends_each_of_them(declare):
    region = declare()

    def load_many(keys):
        depends(Tag("rates"))
        return [key["id"] for key in keys]

    region.get_or_load_many(load_many, [{"id": 1}, {"id": 2}])
    assert region.peek(id=2) == 2
    invalidate(Tag("rates"))
    assert [region.peek(id=1), region.peek(id=2)] == [ABSENT, ABSENT]


def test_uncacheable_answers_are_always_loaded_and_counted(declare, door, cache):
    region = declare(scope=Uncacheable("depends on the weather"))
    answer = object()
    calls = []

    def load(id):
        calls.append(id)
        depends(Tag("weather"))
        return answer

    for _ in range(3):
        assert door.load(region, load, id=1) is answer
    assert len(calls) == 3
    assert region.peek(id=1) is ABSENT
    numbers = cache.engine.own_statistics()[region.name]
    assert numbers["outcomes"] == {"bypassed": 3}
    many = door.call(region, "get_or_load_many", lambda keys: [answer for _ in keys], [{"id": 1}])
    assert many == [answer]


def test_an_uncacheable_answer_inside_makes_the_outer_one_unstored(declare, door, counted):
    inner = declare(scope=Uncacheable("depends on the weather"))
    outer = declare(scope=Scope.public("a test"))

    def load(id):
        return inner.get_or_load(counted, id=id)

    assert door.load(outer, load, id=1)["call"] == 1
    assert door.load(outer, load, id=1)["call"] == 2


def test_a_plain_door_refuses_a_coroutine_function(declare):
    async def load(id):
        return id

    with pytest.raises(Misuse, match=r"hint: await region.aget_or_load"):
        declare().get_or_load(load, id=1)


def test_outcomes_are_counted_once_each(declare, cache, counted):
    region = declare(depends_on=[Tag("rates")])
    region.get_or_load(counted, id=1)
    region.get_or_load(counted, id=1)
    invalidate(Tag("rates"))
    region.get_or_load(counted, id=1)
    numbers = cache.engine.own_statistics()[region.name]
    assert numbers["outcomes"] == {"hit": 1, "loaded": 2}
    assert numbers["refusals"] == {"invalidated": 1}
    assert numbers["reads"] == 3


def test_a_region_follows_the_settings(declare, counted, settings):
    region = declare()
    region.get_or_load(counted, id=1)
    elsewhere = {**settings.CACHES[region.cache], "LOCATION": "memory://elsewhere"}
    with override_settings(CACHES={**settings.CACHES, region.cache: elsewhere}):
        assert region.peek(id=1) is ABSENT
    assert region.peek(id=1) == {"call": 1, "id": 1}


def test_a_cache_that_cannot_be_opened_keeps_no_other_from_ending(declare, counted, settings):
    region = declare(depends_on=[Tag("rates")])
    broken = {**settings.CACHES["embedded"], "LOCATION": "embedded:///dev/null/folder"}
    with override_settings(CACHES={"broken": broken, **settings.CACHES}):
        region.get_or_load(counted, id=1)
        with pytest.raises(SurecacheError, match="/dev/null/folder"):
            invalidate(Tag("rates"))
        assert region.peek(id=1) is ABSENT


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_atomic", [False, True])
def test_what_cannot_be_ended_keeps_no_other_value_from_ending(
    declare, counted, settings, is_atomic
):
    """Tags and rows of a database are ended apart from each other."""
    regions = [declare(depends_on=[Tag("rates")]), declare(depends_on=[Row(User, id="id")])]
    broken = {**settings.CACHES["embedded"], "LOCATION": "embedded:///dev/null/folder"}
    with override_settings(CACHES={"broken": broken, **settings.CACHES}):
        for region in regions:
            region.get_or_load(counted, id=1)
        block = transaction.atomic() if is_atomic else nullcontext()
        with block, pytest.raises(SurecacheError, match="/dev/null/folder"):
            invalidate(Tag("rates"), Row(User, id=1))
        assert [region.peek(id=1) for region in regions] == [ABSENT, ABSENT]


@pytest.mark.django_db(transaction=True)
def test_a_cache_that_cannot_be_opened_is_told_before_the_commit(declare, counted, settings):
    """At the commit it could only be logged, and nobody would know what was not ended in it."""
    region = declare(depends_on=[Tag("rates")])
    broken = {**settings.CACHES["embedded"], "LOCATION": "embedded:///dev/null/folder"}
    with override_settings(CACHES={"broken": broken, **settings.CACHES}):
        region.get_or_load(counted, id=1)
        with transaction.atomic():
            with pytest.raises(SurecacheError, match="/dev/null/folder"):
                invalidate(Tag("rates"))
            assert region.peek(id=1) == {"call": 1, "id": 1}
        assert region.peek(id=1) is ABSENT
