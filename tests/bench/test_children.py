"""The processes of a measurement: they do what they are told, and what goes wrong there is told."""

import os
import subprocess
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.core.cache import caches

from benches import operations, raw, scenes
from benches.children import Child
from benches.crews import Crew
from benches.operations import Job
from benches.settings import BOTH
from benches.values import SHORT
from tools.steps import server

KEYS = 20
pytestmark = pytest.mark.timeout(120)
"""The floor may have to be built."""


@pytest.fixture
def settings(redis_location):
    """Of a cache that processes share."""
    cache = {"BACKEND": "surecache.django.SureCache", "LOCATION": redis_location}
    return {"default": {**cache, "KEY_PREFIX": "children"}}


def test_a_child_calls_what_it_is_told_to_and_gives_the_answer(settings):
    with closing(Child(settings)) as child:
        assert child.call(os.getpid) == child.pid != os.getpid()
        assert child.call(divmod, 7, 2) == (3, 1)


def test_what_fails_in_a_child_is_raised_and_the_child_goes_on(settings):
    with closing(Child(settings)) as child:
        with pytest.raises(ZeroDivisionError):
            child.call(divmod, 7, 0)
        assert child.call(divmod, 7, 2) == (3, 1)


def test_the_end_of_a_child_is_told(settings):
    with (
        closing(Child(settings)) as child,
        pytest.raises(RuntimeError, match="found its end"),
    ):
        child.call(os._exit, 1)


def test_a_child_ends_when_it_is_closed(settings):
    child = Child(settings)
    pid = child.call(os.getpid)
    child.close()
    assert not Path(f"/proc/{pid}").exists()


def test_processes_and_threads_make_each_call_once(settings):
    """Counters tell: each number was in the share of one thread of one process."""
    with closing(Child(settings)) as child, closing(Crew(settings)) as crew:
        child.call(operations.fill, "default", SHORT.name, KEYS)
        turn = crew.turn(Job(scenes.INCR, "default", SHORT.name, KEYS), BOTH)
        assert turn([*range(KEYS)] * 3) > 0
        found = child.call(counted)
    assert found == {f"count:{number}": 3 for number in range(KEYS)}


def counted():
    """In a child: what the counters say."""
    return caches["default"].get_many([f"count:{number}" for number in range(KEYS)])


def test_a_miss_in_a_process_of_a_crew_ends_the_turn(settings):
    with closing(Crew(settings)) as crew:
        turn = crew.turn(Job(scenes.GET, "default", SHORT.name, KEYS + 1), BOTH)
        with pytest.raises(AssertionError, match=f"wanted a hit, found a miss: {KEYS}"):
            turn([KEYS] * 20)


def test_the_raw_loop_reads_the_keys_of_its_turn(raw_loop):
    with raw_loop("there", "too") as (loop, asked):
        assert loop.turn([0, 1, 1]) > 0
        assert asked("cmdstat_get") == 3


def test_a_key_that_is_not_there_ends_the_raw_loop(raw_loop):
    with (
        raw_loop("there", "not there", fill=("there",)) as (loop, _),
        pytest.raises(RuntimeError, match="raw-get: wanted a time, found its end"),
    ):
        loop.turn([0, 1])


@pytest.fixture
def raw_loop(raw_get):
    """A server with these keys, the loop on it, and what the server counts of calls."""

    @contextmanager
    def started(*keys, fill=None):
        with server.serving() as found:
            for key in keys if fill is None else fill:
                command = ["redis-cli", "-p", str(found.port), "SET", key, "x" * 100_000]
                subprocess.run(command, check=True, capture_output=True)

            def asked(name):
                calls = found.told("commandstats").get(name, "calls=0")
                return int(calls.split(",")[0].removeprefix("calls="))

            with raw.running(raw_get, found.port, keys) as loop:
                yield loop, asked

    return started
