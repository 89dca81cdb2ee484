"""A load that does not end: `wait` is one second in the region `impatient`."""

import time
from concurrent.futures import Future

import pytest

from tests.processes.crowds import Crowd
from tests.processes.stage import Stage, Worker

WAIT_S = 1
LOAD_S = 0.2
# For threads that wait for a processor; far less than a third wait.
SLACK_S = 0.7
THREADS = 20


@pytest.mark.timeout(60)
def test_one_reader_takes_over_from_a_hung_load(any_stage: Stage):
    hanging, *others = any_stage.crew(3)
    hung = _hang(hanging)
    crowd = Crowd(others, way_name="impatient", threads=THREADS, load_s=LOAD_S)
    crowd.let_go()
    answers = crowd.answers()
    first, second = any_stage.notes("load")
    assert [answer["value"]["load"] for answer in answers] == [second["serial"]] * 2 * THREADS
    assert max(answer["took"] for answer in answers) < 2 * WAIT_S + LOAD_S + SLACK_S
    hanging.open("hung")
    assert hung.result(20)["load"] == first["serial"]
    assert others[0].call("reads:peek", way_name="impatient")["load"] == second["serial"]


@pytest.mark.timeout(60)
def test_who_has_waited_twice_is_told(any_stage: Stage):
    """The one that takes over hangs too. Nobody is a third, and nobody waits on."""
    hanging, *others = any_stage.crew(3)
    hung = _hang(hanging)
    crowd = Crowd(others, way_name="impatient", threads=THREADS, hangs_at="hung too")
    crowd.let_go()
    _poll(lambda: len(any_stage.notes("told")) == 2 * THREADS - 1)
    for worker in (hanging, *others):
        worker.open("hung")
        worker.open("hung too")
    answers = crowd.answers()
    first, second = any_stage.notes("load")
    told = [answer for answer in answers if answer.get("error") == "LoadTimeout"]
    assert len(told) == 2 * THREADS - 1
    took = [answer["took"] for answer in told]
    assert max(took) < 2 * WAIT_S + SLACK_S
    # Whose first wait was cut short by another's taking over has had the second one in full.
    assert min(took) > 1.5 * WAIT_S
    (loaded,) = [answer for answer in answers if "value" in answer]
    assert loaded["value"]["load"] == second["serial"]
    assert hung.result(20)["load"] == first["serial"]


def _hang(worker: Worker) -> Future:
    hung = worker.start("reads:slow", way_name="impatient", gate="hung")
    worker.wait_for("hung")
    return hung


def _poll(is_so, patience_s: float = 10) -> None:
    give_up = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < give_up, "what was waited for did not come"
        time.sleep(0.02)
