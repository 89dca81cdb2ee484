"""A process that is killed between a commit and what is done after it owes what others deliver."""

import json
import signal
import subprocess
import sys
import time

import pytest

from tests.processes.stage import PATIENCE_S, ROOT, Stage, Worker
from tests.servers import RedisServer


def test_the_relay_delivers_what_a_killed_process_owes(owing_stage: Stage):
    reading = _kill_after_commit(owing_stage)
    assert reading.call("owed:relay", grace=3600) == "default: 0 delivered"
    assert _read(reading) == "old"
    assert reading.call("owed:relay") == "default: 1 delivered"
    assert _read(reading) == "new"
    assert reading.call("owed:rows") == 0


def test_another_commit_delivers_what_a_killed_process_owes(owing_stage: Stage):
    reading = _kill_after_commit(owing_stage)
    end = time.monotonic() + PATIENCE_S
    while _read(reading) == "old":
        assert time.monotonic() < end, "nobody delivered"
        reading.call("owed:commit")
    assert _read(reading) == "new"
    assert reading.call("owed:rows") == 0


@pytest.mark.parametrize("owing_stage", ["redis"], indirect=True)
def test_what_a_store_did_not_take_is_owed_by_a_process_that_is_killed_then(
    owing_stage: Stage, redis_server: RedisServer
):
    writing, reading = owing_stage.crew(2)
    assert _read(reading) == "old"
    redis_server.pause()
    try:
        writing.call("owed:change", text="new")
        writing.kill()
        assert reading.call("owed:rows") == 1
        with pytest.raises(AssertionError, match=r"Unavailable|CommandError"):
            reading.call("owed:relay")
        assert reading.call("owed:rows") == 1
    finally:
        redis_server.resume()
    assert reading.call("owed:relay") == "default: 1 delivered"
    assert _read(reading) == "new"


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_what_one_delivers_keeps_no_other_waiting(owing_stage: Stage):
    reading = _kill_after_commit(owing_stage)
    holding = owing_stage.worker()
    held = holding.start("owed:hold", gate="held")
    holding.wait_for("held")
    assert reading.call("owed:relay") == "default: 0 delivered"
    holding.open("held")
    held.result(PATIENCE_S)
    assert reading.call("owed:relay") == "default: 1 delivered"


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_the_relay_looks_until_it_is_told_to_end(stage: Stage, end: signal.Signals):
    stage.worker().call("owed:migrate")
    with _relay(stage) as relay:
        reading = _kill_after_commit(stage, expects_row=False)
        told = json.loads(next(relay.stdout))
        assert told == {"database": "default", "delivered": 1, "left": 0}
        assert _read(reading) == "new"
        relay.send_signal(end)
        assert relay.wait(PATIENCE_S) == 0


def test_without_the_table_a_commit_ends_answers(stage: Stage):
    worker = stage.worker()
    assert _read(worker) == "old"
    worker.call("owed:change", text="new")
    assert _read(worker) == "new"
    with pytest.raises(AssertionError, match="wanted a database with the table surecache_outbox"):
        worker.call("owed:relay")


def _kill_after_commit(stage: Stage, *, expects_row: bool = True) -> Worker:
    writing, reading = stage.crew(2)
    assert _read(reading) == "old"
    dying = writing.start("owed:change_and_die", text="new")
    with pytest.raises(AssertionError, match="the worker ended"):
        dying.result(PATIENCE_S)
    writing.kill()
    if expects_row:
        assert reading.call("owed:rows") == 1
        assert _read(reading) == "old"
    return reading


def _relay(stage: Stage) -> subprocess.Popen:
    words = ("-m", "django", "surecache", "relay", "--interval", "0.05", "--grace", "0", "--json")
    return subprocess.Popen(
        [sys.executable, *words], cwd=ROOT, env=stage.environment(), stdout=subprocess.PIPE
    )


def _read(worker: Worker) -> str:
    return worker.call("reads:quick", way_name="row")["text"]
