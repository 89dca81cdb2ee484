"""Collections that several processes change at once: no change is lost, no member given twice."""

from tests.processes.stage import PATIENCE_S, Stage

COUNT = 150


def test_processes_lose_no_change(shared_stage: Stage):
    crew = [shared_stage.worker() for _ in range(3)]
    changes = [
        worker.start("collected:change", first=COUNT * number, count=COUNT)
        for number, worker in enumerate(crew)
    ]
    for change in changes:
        change.result(PATIENCE_S)
    everything = list(range(3 * COUNT))
    assert crew[0].call("collected:found") == [everything, 3 * COUNT, everything, everything]
    takes = [worker.start("collected:take") for worker in crew]
    taken = [number for take in takes for number in take.result(PATIENCE_S)]
    assert sorted(taken) == everything
