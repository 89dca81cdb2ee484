"""Loads that see what nobody else may see: their values go to their own callers alone."""

import pytest

from tests.processes.stage import Stage


@pytest.mark.parametrize("way", ["own", "page"])
def test_what_a_rolled_back_transaction_has_read_is_seen_by_nobody_else(any_stage: Stage, way: str):
    writing, other = any_stage.crew(2)
    phantom = writing.start("writes:read_and_roll_back", way_name=way, text="phantom", gate="in")
    writing.wait_for("in")
    for worker in (writing, other):
        assert worker.call("reads:quick", way_name=way)["text"] == "old"
    writing.open("in")
    assert phantom.result(20)["text"] == "phantom"
    for worker in (writing, other):
        assert worker.call("reads:peek", way_name=way)["text"] == "old"
        assert worker.call("reads:quick", way_name=way)["text"] == "old"


@pytest.mark.parametrize("way", ["own", "page"])
def test_what_an_older_snapshot_shows_is_seen_by_nobody_else(any_stage: Stage, way: str):
    reading, writing = any_stage.crew(2)
    snapshot = reading.start("writes:read_in_snapshot", way_name=way, gate="in")
    reading.wait_for("in")
    writing.call("writes:change", way_name=way, text="new")
    reading.open("in")
    assert snapshot.result(20)["text"] == "old"
    for worker in (reading, writing):
        assert worker.call("reads:peek", way_name=way) is None
    for worker in (reading, writing):
        assert worker.call("reads:quick", way_name=way)["text"] == "new"


def test_readers_beside_an_older_snapshot_get_the_committed_value(any_stage: Stage):
    """The snapshot's load runs while others read: it leads no flight that they could join."""
    reading, writing = any_stage.crew(2)
    snapshot = reading.start("writes:read_in_snapshot", way_name="own", gate="in", stops="loading")
    reading.wait_for("in")
    writing.call("writes:change", way_name="own", text="new")
    reading.open("in")
    reading.wait_for("loading")
    for worker in (reading, writing):
        assert worker.call("reads:quick", way_name="own")["text"] == "new"
    reading.open("loading")
    assert snapshot.result(20)["text"] == "old"
    assert writing.call("reads:peek", way_name="own")["text"] == "new"


def test_a_load_that_turns_out_private_is_shared_with_nobody(any_stage: Stage):
    """Others wait for it, as nothing tells that it is; then each loads for itself."""
    one, other = any_stage.crew(2)
    private = one.start("reads:slow", way_name="private", gate="loading")
    one.wait_for("loading")
    waiting = []
    for number, worker in enumerate((one, other)):
        reader = f"reader-{number}"
        waiting.append(worker.start("reads:quick", way_name="private", gate=reader))
        worker.wait_for(reader)
    one.open("loading")
    answers = [call.result(20)["load"] for call in (private, *waiting)]
    assert len(set(answers)) == 3
    assert other.call("reads:peek", way_name="private") is None
