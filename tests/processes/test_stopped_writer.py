"""A process that is stopped in the middle of a write of the embedded store."""

import pytest

from tests.processes.stage import Stage


@pytest.mark.timeout(60)
def test_a_task_that_waits_for_a_stopped_writer_stops_no_thread(stage: Stage):
    """The question for a lock was once asked with the interpreter's lock held, for a second."""
    (worker,) = stage.crew(1)
    assert worker.call("stops:turns_while_a_task_asks_for_a_lock") > 5
