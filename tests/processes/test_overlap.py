"""A slow load overlaps the end of the answer that it makes.

The load has read the old text when the text changes and the answer is ended. What it returns goes
to whoever asked before; nobody who asks later gets it, and it is not stored.
"""

from concurrent.futures import Future

import pytest

from tests.processes.stage import Stage, Worker

ENDED = ["own", "plain", "replaced", "row"]


@pytest.mark.parametrize("way", ENDED)
def test_the_old_value_is_not_stored(any_stage: Stage, way: str):
    loading, writing = any_stage.crew(2)
    slow = _begin_old_load(loading, way)
    writing.call("writes:change", way_name=way, text="new")
    loading.open("loading")
    assert slow.result(20)["text"] == "old"
    for worker in (loading, writing, *_newcomers(any_stage)):
        found = worker.call("reads:peek", way_name=way)
        assert found is None or found["text"] == "new"
        assert (found is None) == (way != "replaced")
        assert worker.call("reads:quick", way_name=way)["text"] == "new"
        worker.call("writes:end", way_name=way)


@pytest.mark.parametrize("way", ENDED)
def test_who_reads_later_does_not_wait_for_the_old_load(any_stage: Stage, way: str):
    loading, writing = any_stage.crew(2)
    slow = _begin_old_load(loading, way)
    writing.call("writes:change", way_name=way, text="new")
    for worker in (loading, writing):
        assert worker.call("reads:quick", way_name=way)["text"] == "new"
    assert not slow.done()
    loading.open("loading")
    slow.result(20)
    for worker in (loading, writing, *_newcomers(any_stage)):
        assert worker.call("reads:peek", way_name=way)["text"] == "new"


def test_who_waited_for_the_old_load_may_get_it(any_stage: Stage):
    """They asked before the text changed. Who asks after them is not sent to the same flight."""
    loading, other = any_stage.crew(2)
    slow = _begin_old_load(loading, "own")
    early = [
        _begin_reading(worker, "own", f"early-{n}") for n, worker in enumerate((loading, other))
    ]
    other.call("writes:change", way_name="own", text="new")
    late = [worker.call("reads:quick", way_name="own") for worker in (loading, other)]
    assert {value["text"] for value in late} == {"new"}
    loading.open("loading")
    assert slow.result(20)["text"] == "old"
    assert {call.result(20)["text"] for call in early} <= {"old", "new"}
    assert other.call("reads:peek", way_name="own")["text"] == "new"


def test_an_outer_answer_ends_with_the_inner_one(any_stage: Stage):
    one, other = any_stage.crew(2)
    assert one.call("reads:quick", way_name="page")["text"] == "old"
    assert other.call("reads:peek", way_name="page")["text"] == "old"
    other.call("writes:change", way_name="page", text="new")
    for worker in (one, other, *_newcomers(any_stage)):
        assert worker.call("reads:peek", way_name="page") is None
    for worker in (one, other):
        assert worker.call("reads:quick", way_name="page")["text"] == "new"
    assert len(any_stage.notes("load")) == 2


def test_an_outer_load_that_read_the_old_inner_answer_is_not_believed(any_stage: Stage):
    """The outer key has no generation that changes: only what its load found tells."""
    loading, writing = any_stage.crew(2)
    slow = _begin_old_load(loading, "page")
    writing.call("writes:change", way_name="page", text="new")
    late = [
        _begin_reading(worker, "page", f"late-{n}") for n, worker in enumerate((loading, writing))
    ]
    loading.open("loading")
    assert slow.result(20)["text"] == "old"
    assert {call.result(20)["text"] for call in late} == {"new"}
    for worker in (loading, writing, *_newcomers(any_stage)):
        assert worker.call("reads:quick", way_name="page")["text"] == "new"


def _begin_old_load(worker: Worker, way: str) -> Future:
    slow = worker.start("reads:slow", way_name=way, gate="loading")
    worker.wait_for("loading")
    return slow


def _begin_reading(worker: Worker, way: str, gate: str) -> Future:
    reader = worker.start("reads:quick", way_name=way, gate=gate)
    worker.wait_for(gate)
    return reader


def _newcomers(stage: Stage) -> list[Worker]:
    return [stage.worker()] if stage.is_shared else []
