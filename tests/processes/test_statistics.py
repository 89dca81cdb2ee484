"""What several processes count adds up, exactly."""

import json
import subprocess
import sys
import time

from tests.processes.crowds import Crowd
from tests.processes.stage import PATIENCE_S, ROOT, Stage

PLAIN = "(plain keys)"


def test_the_outcomes_of_three_processes_add_up(shared_stage: Stage):
    one, two, three = shared_stage.crew(3)
    for way in ("own", "plain"):
        one.call("reads:peek", way_name=way)
        one.call("reads:quick", way_name=way)
        for worker, reads in [(one, 4), (two, 3), (three, 5)]:
            for _ in range(reads):
                worker.call("reads:quick", way_name=way)
        three.call("writes:end", way_name=way)
        two.call("reads:peek", way_name=way)
        two.call("reads:quick", way_name=way)
    expected = {"missed": 2, "loaded": 2, "hit": 12}
    _until(shared_stage, {"own": expected, PLAIN: expected})
    assert three.call("numbers:sums")["own"]["outcomes"] == expected


def test_every_reader_of_a_crowd_counts_once(shared_stage: Stage):
    crew = shared_stage.crew(3)
    crowd = Crowd(crew, way_name="own", threads=10, load_s=0.2)
    crowd.let_go()
    assert len(crowd.answers()) == 30
    own = [worker.call("numbers:own")["own"]["outcomes"] for worker in crew]
    sums = {name: sum(one.get(name, 0) for one in own) for name in ("loaded", "hit", "collapsed")}
    assert sums["loaded"] == 1
    assert sum(sums.values()) == 30
    _until(shared_stage, {"own": {name: count for name, count in sums.items() if count}})


def test_what_ended_and_killed_processes_counted_stays(shared_stage: Stage):
    ended, killed = shared_stage.crew(2)
    ended.call("reads:quick", way_name="own")
    killed.call("reads:quick", way_name="own")
    expected = {"loaded": 1, "hit": 1}
    _until(shared_stage, {"own": expected})
    ended.call("reads:quick", way_name="own")
    ended.close()
    killed.kill()
    _until(shared_stage, {"own": {"loaded": 1, "hit": 2}})


def _until(stage: Stage, outcomes: dict[str, dict[str, int]]) -> None:
    """Polls: processes that live write their numbers each second."""
    give_up = time.monotonic() + PATIENCE_S
    while True:
        numbers = _command(stage)
        found = {name: numbers.get(name, {}).get("outcomes") for name in outcomes}
        if found == outcomes:
            break
        assert time.monotonic() < give_up, f"wanted {outcomes}, found {found}"
    for name, counted in outcomes.items():
        assert numbers[name]["reads"] == sum(counted.values())


def _command(stage: Stage) -> dict:
    """What a process of its own says that has read nothing."""
    told = subprocess.run(
        [sys.executable, "-m", "django", "surecache", "stats", "--json"],
        cwd=ROOT,
        env=stage.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)["default"]
