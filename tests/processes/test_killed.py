"""Processes that end without warning, or stop, while others go on."""

import os
import random
import signal
import time
from concurrent.futures import Future

import pytest

from tests.processes.crowds import Crowd
from tests.processes.stage import Stage, Worker

LEASE_S = 0.5  # of the region `brief`
KILLS = 100


def test_a_waiter_takes_over_from_a_killed_loader(shared_stage: Stage):
    loading, *waiting = shared_stage.crew(3)
    slow = _begin_load(loading)
    crowd = Crowd(waiting, way_name="brief", threads=10, load_s=0.1)
    crowd.let_go()
    killed_at = time.monotonic()
    loading.kill()
    answers = crowd.answers()
    first, second = shared_stage.notes("load")
    assert (first["pid"], second["pid"]) == (loading.pid, second["pid"])
    assert killed_at < second["at"] < killed_at + 4 * LEASE_S
    assert [answer["value"]["load"] for answer in answers] == [second["serial"]] * 20
    with pytest.raises(AssertionError, match="the worker ended"):
        slow.result(0)


def test_a_waiter_takes_over_from_a_stopped_loader(shared_stage: Stage):
    """What the stopped one returns when it goes on is its own caller's, and is not stored."""
    loading, *waiting = shared_stage.crew(3)
    slow = _begin_load(loading)
    os.kill(loading.pid, signal.SIGSTOP)
    try:
        crowd = Crowd(waiting, way_name="brief", threads=10, load_s=0.1)
        crowd.let_go()
        answers = crowd.answers()
    finally:
        os.kill(loading.pid, signal.SIGCONT)
    first, second = shared_stage.notes("load")
    assert [answer["value"]["load"] for answer in answers] == [second["serial"]] * 20
    loading.open("loading")
    assert slow.result(20)["load"] == first["serial"]
    for worker in (loading, *waiting):
        assert worker.call("reads:peek", way_name="brief")["load"] == second["serial"]


@pytest.mark.timeout(90)
def test_a_hundred_killed_writers_leave_whole_values_and_no_undone_invalidation(
    shared_stage: Stage,
):
    writing, checking = shared_stage.crew(2)
    draw = random.Random()
    reading = checking.start("kills:keep_reading", gate="enough")
    last: dict[str, dict[int, int]] = {"set": {}, "ended": {}}
    first = 0
    for _ in range(KILLS):
        lines = writing.call("kills:kill_writer", first=first, lines=draw.randrange(1, 40))
        for what, key, number in lines:
            last[what][key] = number
        first = lines[-1][2] + 1
        checking.call("kills:check_sets", numbers=last["set"])
        checking.call("kills:check_versions", numbers=last["ended"])
        checking.call("kills:check_that_writing_works", text=str(first))
    checking.open("enough")
    assert reading.result(20) > KILLS


def _begin_load(worker: Worker) -> Future:
    slow = worker.start("reads:slow", way_name="brief", gate="loading")
    worker.wait_for("loading")
    return slow
