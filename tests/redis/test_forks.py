"""A process that forks with connections open: parent and child each have their own afterwards."""

import pytest

from tests.redis import forked
from tests.redis.processes import process

FORKS = 20


@pytest.fixture
def forking(redis_server):
    with process(redis_server.location) as started:
        yield started


def test_a_child_of_a_running_loop_uses_threads_and_loops(forking):
    assert forking.call(forked.fork_inside_a_loop, FORKS) == FORKS


def test_a_loop_that_stood_still_at_a_fork_goes_on(forking):
    forking.call(forked.fork_between_runs_of_a_loop, FORKS)


def test_a_child_that_goes_on_with_the_loop_takes_no_part_in_the_parent_s_talk(forking):
    """What it asked on the parent's connection, the parent would be answered: first the number
    that the child asked for, then its own, always one behind.
    """
    assert forking.call(forked.fork_and_use_the_loop, FORKS) == list(range(1, FORKS + 1))
