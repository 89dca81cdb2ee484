"""Entries whose bytes were changed in the files: no foreign value, nothing executed, all counted.

The files are changed while no process has the store open; then a process that was not there before
reads.
"""

import pickle
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.processes import records
from tests.processes.records import Record
from tests.processes.stage import Stage, Worker

COUNT = 300
PLAIN = "(plain keys)"
# What is found where bytes were changed; other names would say that the seal was not asked.
SEAL = {"foreign_key", "forged", "malformed", "other_format", "other_key"}
SECRET, OTHER_SECRET = "the first secret of the shop", "the second secret of the shop"


def test_a_flipped_bit_makes_an_entry_void(stage: Stage):
    changed = _change(stage, _flip_one_bit)
    _refused(stage.worker(), changed, SEAL)


def test_a_truncated_entry_is_void(stage: Stage):
    def cut(entry: Record, draw: random.Random) -> bytes:
        return entry.sealed[: draw.randrange(len(entry.sealed))]

    changed = _change(stage, cut)
    _refused(stage.worker(), changed, {"malformed"})


def test_an_entry_with_more_bytes_is_void(stage: Stage):
    changed = _change(stage, lambda entry, draw: entry.sealed + draw.randbytes(1))
    _refused(stage.worker(), changed, {"malformed"})


def test_an_entry_under_another_key_is_void(stage: Stage):
    """Each gets the bytes of another one, which are whole: plain, or of a region."""
    _fill(stage)
    entries = list(records.read(stage.store).values())
    random.Random(1).shuffle(entries)
    moved = zip(entries, entries[1:] + entries[:1], strict=True)
    records.write(stage.store, {entry: other.sealed for entry, other in moved})
    _refused(stage.worker(), {"plain": COUNT, "region": COUNT}, {"foreign_key"})


def test_an_entry_renamed_to_the_key_that_it_stands_under_is_void(stage: Stage):
    _fill(stage)
    entries = sorted(records.read(stage.store).values(), key=lambda entry: entry.name)
    moved = zip(entries, entries[1:] + entries[:1], strict=True)
    renamed = {
        entry: other.sealed.replace(other.name, entry.name)
        for entry, other in moved
        if len(other.name) == len(entry.name)
    }
    records.write(stage.store, renamed)
    worker = stage.worker()
    found = worker.call("damage:look", count=COUNT)
    assert Counter(found["plain"])[None] > COUNT / 2
    _only_right_values(found)
    numbers = worker.call("numbers:own")
    assert numbers[PLAIN]["refusals"].keys() == {"forged"}


def test_entries_of_another_secret_are_void_until_it_is_named_as_an_old_one(stage: Stage):
    _fill(stage, SECRET=SECRET)
    worker = stage.worker(SECRET=OTHER_SECRET)
    _refused(worker, {"plain": COUNT, "region": COUNT}, {"other_key"}, mends=False)
    knowing = stage.worker(SECRET=OTHER_SECRET, OLD_SECRET=SECRET)
    found = knowing.call("damage:look", count=COUNT)
    assert None not in found["plain"] + found["region"]
    _only_right_values(found)


@pytest.mark.parametrize("where", ["entry", "payload", "payload and codec"])
def test_a_pickle_in_the_files_is_not_executed(stage: Stage, where: str):
    mark = stage.folder / "executed"
    bomb = pickle.dumps(_Bomb(mark))
    pickle.loads(bomb)
    assert mark.exists()
    mark.unlink()

    def plant(entry: Record, draw: random.Random) -> bytes:
        if where == "entry":
            return bomb
        length = (len(bomb) + records.SEAL_BYTES).to_bytes(4, "big")
        header = bytearray(entry.header)
        header[records.SEALED_LENGTH : records.SEALED_LENGTH + 4] = length
        if where == "payload and codec":
            header[records.CODEC] = records.PICKLE
        return bytes(header) + bomb + bytes(records.SEAL_BYTES)

    changed = _change(stage, plant)
    worker = stage.worker()
    _refused(worker, changed, {"other_format"} if where == "entry" else {"forged"})
    assert not mark.exists()


class _Bomb:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple:
        return Path.touch, (self.mark,)


def _flip_one_bit(entry: Record, draw: random.Random) -> bytes:
    flipped = bytearray(entry.sealed)
    flipped[draw.randrange(len(flipped))] ^= 1 << draw.randrange(8)
    return bytes(flipped)


def _fill(stage: Stage, **environment: str) -> None:
    filling = stage.worker(**environment)
    filling.call("damage:fill", count=COUNT)
    filling.close()
    assert filling.exit_code == 0


def _change(stage: Stage, change: Callable[[Record, random.Random], bytes]) -> dict[str, int]:
    """Fills a store and changes every entry in it; how many of each kind there were."""
    _fill(stage)
    entries = records.read(stage.store)
    assert len(entries) == 2 * COUNT
    draw = random.Random()
    records.write(stage.store, {entry: change(entry, draw) for entry in entries.values()})
    return {"plain": COUNT, "region": COUNT}


def _refused(
    worker: Worker, changed: dict[str, int], names: set[str], *, mends: bool = True
) -> None:
    """Nothing is found, each read counts a refusal, explanations name them, loads mend them."""
    explained = {
        "plain": worker.call("damage:explain_plain", count=COUNT),
        "region": worker.call("damage:explain_region", count=COUNT),
    }
    found = worker.call("damage:look", count=COUNT)
    numbers = worker.call("numbers:own")
    for kind, name in [("plain", PLAIN), ("region", "number")]:
        assert found[kind] == [None] * COUNT
        refusals = numbers[name]["refusals"]
        assert refusals.keys() <= names
        assert sum(refusals.values()) == changed[kind]
        assert numbers[name]["outcomes"] == {"missed": COUNT}
        assert Counter(explained[kind]) == Counter(refusals)
    if mends:
        assert worker.call("damage:look_at_many", count=COUNT) == {}
        mended = worker.call("damage:mend", count=COUNT)
        _only_right_values(mended)
        assert None not in mended["plain"] + mended["region"]
        assert worker.call("damage:look", count=COUNT) == mended


def _only_right_values(found: dict[str, list]) -> None:
    for values in found.values():
        for number, value in enumerate(values):
            assert value in (None, f"the value of {number:04}")
