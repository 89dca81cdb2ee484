"""Many readers of a cold key, in several processes: one load, and all get it."""

import pytest

from tests.processes.crowds import Crowd
from tests.processes.stage import Stage

PROCESSES = 4
ROUNDS = 5


@pytest.mark.timeout(60)
@pytest.mark.parametrize("way", ["own", "plain"])
def test_a_cold_key_is_loaded_once_for_a_hundred_readers(any_stage: Stage, way: str):
    crew = any_stage.crew(PROCESSES)
    for number in range(1, ROUNDS + 1):
        crew[0].call("writes:end", way_name=way)
        crowd = Crowd(crew, way_name=way, threads=25, load_s=0.2)
        crowd.let_go()
        answers = crowd.answers()
        loads, ends = any_stage.notes("load"), any_stage.notes("loaded")
        assert len(loads) == number
        assert [answer["value"]["load"] for answer in answers] == [loads[-1]["serial"]] * 100
        assert max(answer["took"] for answer in answers) < 3 * ends[-1]["took"]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("way", ["own", "plain"])
def test_a_load_of_five_seconds_serves_a_hundred_readers(shared_stage: Stage, way: str):
    """It outlives two lease periods: the lease is renewed while the load runs."""
    crowd = Crowd(shared_stage.crew(2), way_name=way, threads=50, load_s=5)
    crowd.let_go()
    answers = crowd.answers()
    (load,) = shared_stage.notes("load")
    assert [answer["value"]["load"] for answer in answers] == [load["serial"]] * 100
