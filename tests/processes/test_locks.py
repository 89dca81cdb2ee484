"""One lock over many processes: nothing is lost, and a holder that is killed costs a lease."""

import time
from concurrent import futures

import pytest

from tests.processes.shop.counting import LEASE_S
from tests.processes.stage import Stage

ROUNDS = 25


def test_processes_add_to_a_number_and_none_is_lost(shared_stage: Stage):
    crew = shared_stage.crew(3)
    counts = [worker.start("counting:count", rounds=ROUNDS) for worker in crew]
    counts += [
        worker.start("counting:count_on_a_loop", rounds=5, tasks=ROUNDS // 5) for worker in crew
    ]
    tokens = [token for counted in counts for token in counted.result(20)]
    assert crew[0].call("counting:number") == len(tokens) == 6 * ROUNDS
    assert len(set(tokens)) == len(tokens), "two holders had the same fencing token"


def test_a_holder_that_is_killed_costs_its_lease(shared_stage: Stage):
    holding, *counting = shared_stage.crew(3)
    holding.start("counting:hold", gate="held")
    holding.wait_for("held")
    counts = [worker.start("counting:count", rounds=ROUNDS) for worker in counting]
    # For longer than its lease, while it lives.
    with pytest.raises(futures.TimeoutError):
        counts[0].result(2 * LEASE_S)
    killed_at = time.monotonic()
    holding.kill()
    for counted in counts:
        counted.result(20)
    assert time.monotonic() < killed_at + 6 * LEASE_S
    assert counting[0].call("counting:number") == 2 * ROUNDS


def test_a_place_whose_holder_was_killed_comes_free(shared_stage: Stage):
    first, second, other = shared_stage.crew(3)
    for worker in (first, second):
        worker.start("counting:take_place", gate="held")
        worker.wait_for("held")
    assert other.call("counting:places_in_time", seconds=2 * LEASE_S) == 0
    first.kill()
    assert other.call("counting:places_in_time", seconds=4 * LEASE_S) == 1
