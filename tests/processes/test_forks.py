"""Forks while other threads of the parent read: no hang, no wrong value, in parent and child."""

import pytest

from tests.processes.stage import PATIENCE_S, Stage

FORKS = 60


@pytest.mark.timeout(90)
def test_sixty_forked_children_read_and_write(any_stage: Stage):
    """Children of a memory store keep the contents; what they write is their own."""
    worker = any_stage.worker()
    worker.call("forks:fill")
    reads = worker.start("forks:fork_under_load", forks=FORKS).result(4 * PATIENCE_S)
    assert reads > FORKS
    shared = list(range(FORKS)) if any_stage.is_shared else []
    assert worker.call("forks:written", forks=FORKS) == shared


@pytest.mark.timeout(60)
def test_children_of_multiprocessing_read_and_write(any_stage: Stage):
    worker = any_stage.worker()
    worker.call("forks:fill")
    assert worker.call("forks:fork_by_multiprocessing", forks=6) == 6


def test_children_of_children_read_and_write(any_stage: Stage):
    worker = any_stage.worker()
    worker.call("forks:fill")
    worker.call("forks:fork_in_a_fork", depth=4)
