"""The page "From django-redis in ten minutes": its settings and its command, step by step, in real
processes; what it says of each step holds.
"""

import io
import json
import re
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.core.cache import caches
from django.core.management import call_command

from tests.docs.snippets import blocks
from tests.left import Left
from tests.redis.forms import stages
from tests.redis.forms.stages import declared, worker

PAGE = Path(__file__).resolve().parents[3] / "docs/guides/from-django-redis.md"
TEXT = {"title": "A text that is as long as texts are", "tags": ["a", "b"]}


def steps(location):
    """The settings of each step, as the page has them, with the server of the test."""
    found = []
    for block in blocks(PAGE):
        names = {}
        exec(block.compiled(), names)
        found.append({**names["CACHES"]["default"], "LOCATION": location})
    return found


def command():
    """The words behind `manage.py` that the page has to be typed."""
    (line,) = re.findall(r"^python manage.py (.*)$", PAGE.read_text(), re.M)
    return line.split()


def manage(*words):
    """In a worker: runs a command; what it says."""
    said = io.StringIO()
    call_command(*words, stdout=said)
    return said.getvalue()


def warned():
    """In a worker: the ids of what the system checks say of its caches."""
    from surecache.django.checks import check_caches

    return [message.id for message in check_caches()]


@pytest.fixture
def start(redis_server):
    """Starts workers with the settings of a step."""
    with ExitStack() as stack:
        page = steps(redis_server.location)
        yield lambda step: stack.enter_context(worker(page[step]))


def use(started, *call):
    return started.call(stages.use, *call)


def test_there_is_a_block_for_each_step(redis_server):
    kinds = [(step["BACKEND"], step.get("OPTIONS")) for step in steps(redis_server.location)]
    sure = "surecache.django.SureCache"
    assert kinds == [
        ("django_redis.cache.RedisCache", None),
        (sure, {"WIRE": "django-redis"}),
        (sure, {"WIRE": "django-redis-to-sealed"}),
        (sure, None),
    ]


def test_the_steps_of_the_page(start, redis_server):
    old, new = start(0), start(1)
    use(old, "set_many", {"text": TEXT, "visits": 10}, 500)
    use(old, "set", "kept", "without an end", None)
    assert use(new, "get_many", ["text", "visits", "kept"]) == {
        "text": TEXT,
        "visits": 10,
        "kept": "without an end",
    }
    assert [use(each, "incr", "visits") for each in [new, old]] == [11, 12]
    assert [each.call(warned) for each in [new]] == [["surecache.W005"]]

    second = start(2)
    assert [use(each, "incr", "visits") for each in [new, second]] == [13, 14]
    use(second, "set", "sealed", TEXT, 500)
    assert use(new, "get", "sealed") == TEXT
    assert second.call(warned) == ["surecache.W005"]
    assert second.call(manage, *command()) == "default: 3 brought over\n"
    assert second.call(manage, *command()) == "default: 0 brought over\n"

    third = start(3)
    assert [use(each, "incr", "visits") for each in [second, third]] == [15, 16]
    assert use(third, "get_many", ["text", "kept", "sealed"]) == {
        "text": TEXT,
        "kept": "without an end",
        "sealed": TEXT,
    }
    assert use(third, "ttl", "kept") is None
    assert 400 < use(third, "ttl", "text") <= 500
    assert third.call(warned) == []

    # And back, as the page has it.
    assert use(second, "incr", "visits") == 17
    assert use(new, "incr", "visits") == 18
    assert new.call(manage, *command()) == "default: 4 brought over\n"
    assert new.call(manage, *command()) == "default: 0 brought over\n"
    assert use(old, "incr", "visits") == 19
    assert use(old, "get_many", ["text", "kept", "sealed"]) == {
        "text": TEXT,
        "kept": "without an end",
        "sealed": TEXT,
    }
    assert use(old, "ttl", "kept") is None
    assert 400 < use(old, "ttl", "text") <= 500


def test_all_versions_are_brought_over_and_nothing_else_is(start, redis_server):
    old, second = start(0), start(2)
    for version in [1, 2, 300]:
        use(old, "set", "key", version, 500, version)
    redis_server.ask("RPUSH", "shop:1:list", "of another kind")
    redis_server.ask("SET", "shop2:1:key", "another's")
    redis_server.ask("SET", "shop:1:unread", b"\x80no pickle")
    said = second.call(manage, *command())
    assert said == (
        "default: 3 brought over, 1 left as they are, collections left: 1 (delete or rename them)\n"
    )
    found = json.loads(second.call(manage, *command(), "--json"))
    assert found == {"cache": "default", "brought": 0, "left": 1, "collections": 1}
    third = start(3)
    assert [use(third, "get", "key", None, version) for version in [1, 2, 300]] == [1, 2, 300]
    assert redis_server.ask("GET", "shop2:1:key").endswith(b"another's")
    assert redis_server.ask("GET", "shop:1:unread").endswith(b"no pickle")


def test_numbers_are_brought_over_while_they_are_counted(start):
    first, second, third = start(1), start(2), start(3)
    use(first, "set", "visits", 0)
    counting = [each.start(stages.count, "visits", 300) for each in [first, second]]
    while not all(each.ready() for each in counting):
        second.call(manage, *command())
    for each in counting:
        each.get(20)
    second.call(manage, *command())
    assert use(third, "get", "visits") == 600


def test_a_cache_without_another_form_has_nothing_to_bring_over(start):
    with pytest.raises(Exception, match="found none"):
        start(3).call(manage, *command())


def test_the_rights_that_the_page_adds_are_enough(settings, redis_server):
    guide = PAGE.with_name("redis.md").read_text()
    line, *_ = re.findall(r"^ACL SETUSER .*$", guide, re.M)
    more = re.findall(r"needs `(\+\w+)` in addition", PAGE.read_text())
    assert len(more) == 1
    assert redis_server.ask(*line.replace("PASSWORD", "word").split(), *more) == b"+OK"
    location = redis_server.location.replace("unix://", "unix://surecache:word@")
    settings.CACHES = {
        name: {**declared(name, "django-redis", location), "KEY_PREFIX": "prod"}
        for name in ["foreign", "leaving"]
    } | {"default": {**declared("sealed", "django-redis", location), "KEY_PREFIX": "prod"}}
    cache = caches["foreign"]
    cache.set("key", {"a": 1})
    assert cache.get_or_set("loaded", lambda: 5) == 5
    assert (cache.incr("loaded"), cache.touch("key", 50), cache.ttl("key")) == (6, True, Left(50))
    assert cache.persist("key")
    assert cache.add("key", 1) is False
    assert manage(*command()) == "foreign: 0 brought over\nleaving: 2 brought over\n"
    assert redis_server.ask("ACL", "LOG") == b"*0"


LONG = {"text": "a text of which much is alike, " * 500}
ZLIB = "django_redis.compressors.zlib.ZlibCompressor"


def test_what_is_compressed_stays_so_at_each_step(redis_server):
    """Step 2 sealed values as they were, and the rewriting made all of a cache as large."""
    page = steps(redis_server.location)

    def size():
        return int(redis_server.ask("STRLEN", "shop:1:long").removeprefix(b":"))

    with ExitStack() as stack:
        old, first, second, third = [
            stack.enter_context(
                worker({**each, "OPTIONS": {**each.get("OPTIONS", {}), "COMPRESSOR": ZLIB}})
            )
            for each in page
        ]
        for each in [old, first, second, third]:
            use(each, "set", "long", LONG)
            assert size() < 1000
            readers = {old: [first], first: [old, second], second: [first, third], third: [second]}
            assert all(use(reader, "get", "long") == LONG for reader in readers[each])
        use(old, "set", "long", LONG)
        assert second.call(manage, *command()) == "default: 1 brought over\n"
        assert size() < 1000
        assert use(third, "get", "long") == LONG
        assert first.call(manage, *command()) == "default: 1 brought over\n"
        assert size() < 1000
        assert use(old, "get", "long") == LONG
