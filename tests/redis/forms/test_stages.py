"""Two neighbouring stages of a roll-out at once, in real processes; the whole way, and back."""

import itertools
from contextlib import ExitStack

import pytest
from django.core.cache import caches

from tests.left import Left
from tests.redis.forms import stages
from tests.redis.forms.stages import declared, worker

STAGES = ["old", "foreign", "leaving", "sealed"]
NEIGHBOURS = list(itertools.pairwise(STAGES))
TIMES = 300
VALUES = [{"number": number, "text": "text" * 20} for number in range(TIMES)]


@pytest.fixture
def start(redis_server, form):
    """Starts workers at stages of a roll-out from one form."""
    with ExitStack() as stack:
        location = redis_server.location
        yield lambda stage: stack.enter_context(worker(declared(stage, form, location)))


def settle(*workers):
    """Where one of two reads nothing but sealed values, all must have been brought there before."""
    for each in workers:
        each.call(rewrite, ["key", "number", "text", "list", "forever"])


def rewrite(keys):
    """In a worker: brings values into the form that it writes."""
    cache = caches["default"]
    return [cache.engine.rewrite(cache.make_key(key)) for key in keys]


@pytest.mark.parametrize("stage", NEIGHBOURS, ids="-".join)
def test_each_reads_what_the_other_writes(start, stage):
    one, two = (start(each) for each in stage)
    for writer, reader in [(one, two), (two, one)]:
        for value in [7, "text", [1, None, True], VALUES[0]]:
            writer.call(stages.use, "set", "key", value, 60)
            assert reader.call(stages.use, "get", "key") == value
            assert reader.call(stages.use, "add", "key", "another") is False
            assert reader.call(stages.use, "touch", "key", 90) is True
            assert writer.call(stages.use, "get", "key") == value
            assert reader.call(stages.use, "get_many", ["key"]) == {"key": value}
        if stage[0] != "old":
            assert writer.call(stages.use, "ttl", "key") == Left(90)
        reader.call(stages.use, "delete", "key")
        assert writer.call(stages.use, "get", "key", "absent") == "absent"


@pytest.mark.parametrize("stage", NEIGHBOURS, ids="-".join)
def test_nobody_sees_anything_else_while_both_write(start, stage):
    writers = [start(each) for each in stage]
    readers = [start(each) for each in stage]
    writers[0].call(stages.use, "set", "key", VALUES[0])
    writing = [each.start(stages.write, "key", VALUES) for each in writers]
    reading = [each.start(stages.read, "key", 2 * TIMES) for each in readers]
    for each in writing:
        each.get(20)
    for each in reading:
        seen = each.get(20)
        assert seen
        assert all(value in VALUES for value in seen)
    assert [each.call(stages.use, "get", "key") for each in readers] == [VALUES[-1]] * 2


@pytest.mark.parametrize("stage", NEIGHBOURS, ids="-".join)
@pytest.mark.parametrize("first", [0, 1], ids=["the-earlier-s", "the-later-s"])
def test_no_count_is_lost(start, stage, first):
    """Whosever number it is at the beginning, and though one of them counts in the other's."""
    workers = [start(each) for each in [*stage, *stage]]
    workers[first].call(stages.use, "set", "number", 0)
    counting = [each.start(stages.count, "number", TIMES) for each in workers]
    for each in counting:
        each.get(20)
    assert {each.call(stages.use, "get", "number") for each in workers} == {4 * TIMES}


def test_no_count_is_lost_while_numbers_are_brought_from_form_to_form(start):
    one, two = start("foreign"), start("leaving")
    one.call(stages.use, "set", "number", 0)
    counting = [each.start(stages.count, "number", TIMES) for each in [one, two]]
    others = [start("foreign"), start("leaving")]
    rounds = 0
    while not all(each.ready() for each in counting) or rounds < 5:
        settle(*others)
        rounds += 1
    for each in counting:
        each.get(20)
    assert [each.call(stages.use, "get", "number") for each in [one, two]] == [2 * TIMES] * 2


def test_the_whole_way_and_back(start):
    """A number and values of an old worker, with and without an end, arrive; and come back."""
    kept = {"text": "text", "list": [1, {"a": None}]}
    old = start("old")
    old.call(stages.use, "set_many", {**kept, "number": 5}, 500)
    old.call(stages.use, "set", "forever", "value", None)
    number = 5
    for stage in ["foreign", "leaving", "sealed", "leaving", "foreign", "old"]:
        now = start(stage)
        number += 1
        assert now.call(stages.use, "incr", "number") == number
        assert now.call(stages.use, "get_many", list(kept)) == kept
        assert now.call(stages.use, "get", "forever") == "value"
        if stage != "old":
            assert now.call(stages.use, "ttl", "forever") is None
            assert 400 < now.call(stages.use, "ttl", "list") <= 500
        if stage in ("foreign", "leaving"):
            settle(now)
            assert now.call(rewrite, ["text"]) == [None]
            assert now.call(stages.use, "get_many", list(kept)) == kept


def test_only_sealed_values_are_read_at_the_end(start):
    old, sealed = start("old"), start("sealed")
    old.call(stages.use, "set", "key", "not sealed")
    assert sealed.call(stages.use, "get", "key", "absent") == "absent"


def test_what_the_other_form_cannot_say_stays_as_it_is(settings, redis_location):
    options = {"SERIALIZER": "json"}
    settings.CACHES = {
        "default": declared("foreign", "django-redis", redis_location, **options),
        "leaving": declared("leaving", "django-redis", redis_location, **options),
    }
    value = {"a set": {1, 2}}
    caches["leaving"].set("key", value)
    assert rewrite(["key"]) == ["left"]
    assert caches["default"].get("key") == value
