"""Bytes that others wrote on the server: no foreign value, nothing executed, each refusal counted.

A worker process fills the server, the test changes what lies there as any client can, and another
process that was not there before reads.
"""

import pickle
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.processes.stage import Stage
from tests.servers import RedisServer

COUNT = 100
OF_KIND = {"plain": "(plain keys)", "region": "number"}
CODEC, KEY_LENGTH, SEALED_LENGTH, KEY, SEAL_BYTES = 3, 68, 76, 80, 16
"""Offsets in an entry, and what stands at its end; see docs/reference/format.md."""
PICKLE = 2
REFUSALS = {"foreign_key", "forged", "malformed", "other_format", "other_key"}

Change = Callable[[bytes], bytes]


@pytest.fixture
def stage(tmp_path, redis_server):
    stage = Stage(tmp_path, redis_server.location)
    stage.fill({})
    try:
        worker = stage.worker()
        worker.call("damage:fill", count=COUNT)
        worker.close()
        yield stage
        stage.close()
    finally:
        stage.kill()


class Entries:
    """What lies on a server."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server
        names = server.ask("EVAL", "return table.concat(redis.call('KEYS', 'shop:*'), '\\n')", "0")
        keys = names.split(b"\r\n", 1)[1].split(b"\n")
        self.plain = sorted(key for key in keys if key.startswith(b"shop:1:kept:"))
        self.region = sorted(key for key in keys if key.startswith(b"shop:r:"))
        assert (len(self.plain), len(self.region)) == (COUNT, COUNT)

    def read(self, key: bytes) -> bytes:
        return self._server.ask("GET", key).split(b"\r\n", 1)[1]

    def write(self, key: bytes, entry: bytes) -> None:
        assert self._server.ask("SET", key, entry, "KEEPTTL") == b"+OK"

    def change(self, change: Change) -> None:
        """Changes each by itself."""
        for key in self.plain + self.region:
            self.write(key, change(self.read(key)))


@pytest.fixture
def entries(stage, redis_server):
    return Entries(redis_server)


def test_what_was_not_changed_is_found(stage, entries):
    entries.change(lambda entry: entry)
    found = stage.worker().call("damage:look", count=COUNT)
    assert found == {kind: values() for kind in OF_KIND}


def test_a_flipped_bit(stage, entries):
    def flip(entry: bytes) -> bytes:
        flipped = bytearray(entry)
        flipped[random.randrange(len(entry))] ^= 1 << random.randrange(8)
        return bytes(flipped)

    entries.change(flip)
    refused(stage, REFUSALS)


def test_truncated(stage, entries):
    entries.change(lambda entry: entry[: random.randrange(1, len(entry))])
    refused(stage, {"malformed"})


def test_emptied(stage, entries):
    entries.change(lambda entry: b"")
    refused(stage, {"malformed"})


def test_more_bytes_than_there_were(stage, entries):
    entries.change(lambda entry: entry + b"\0")
    refused(stage, {"malformed"})


def test_copied_under_another_key_of_its_kind(stage, entries):
    for keys in (entries.plain, entries.region):
        moved = [entries.read(key) for key in keys]
        for key, entry in zip(keys, moved[1:] + moved[:1], strict=True):
            entries.write(key, entry)
    refused(stage, {"foreign_key"})


def test_copied_under_a_key_of_the_other_kind(stage, entries):
    for one, other in zip(entries.plain, entries.region, strict=True):
        first, second = entries.read(one), entries.read(other)
        entries.write(one, second)
        entries.write(other, first)
    refused(stage, {"foreign_key"})


def test_copied_and_renamed(stage, entries):
    """The key inside an entry is that of the place where it lies; the seal is of another one."""
    for keys in (entries.plain, entries.region):
        moved = [entries.read(key) for key in keys]
        for key, own, other in zip(keys, moved, moved[1:] + moved[:1], strict=True):
            name, rest = name_of(own), other[KEY + len(name_of(other)) :]
            length = len(name).to_bytes(4, "big")
            head = other[:KEY_LENGTH] + length + other[KEY_LENGTH + 4 : KEY]
            entries.write(key, head + name + rest)
    refused(stage, {"forged"})


@pytest.mark.parametrize("where", ["entry", "payload", "payload and codec"])
def test_a_pickle_that_does_something(stage, entries, where):
    mark = stage.folder / "executed"
    bomb = pickle.dumps(Bomb(mark))
    pickle.loads(bomb)
    assert mark.exists()
    mark.unlink()

    def plant(entry: bytes) -> bytes:
        if where == "entry":
            return bomb
        length = int.from_bytes(entry[SEALED_LENGTH : SEALED_LENGTH + 4], "big")
        header = bytearray(entry[:-length])
        sealed = len(bomb) + SEAL_BYTES
        header[SEALED_LENGTH : SEALED_LENGTH + 4] = sealed.to_bytes(4, "big")
        if where == "payload and codec":
            header[CODEC] = PICKLE
        return bytes(header) + bomb + bytes(SEAL_BYTES)

    entries.change(plant)
    refused(stage, {"other_format"} if where == "entry" else {"forged"})
    assert not mark.exists()


class Bomb:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple:
        return Path.touch, (self.mark,)


def name_of(entry: bytes) -> bytes:
    """The key that it was sealed for."""
    return entry[KEY : KEY + int.from_bytes(entry[KEY_LENGTH : KEY_LENGTH + 4], "big")]


def values() -> list[str]:
    return [f"the value of {number:04}" for number in range(COUNT)]


def refused(stage: Stage, names: set[str]) -> None:
    """Nothing is found, each read counts a refusal, explanations name them, loads mend them."""
    worker = stage.worker()
    explained = {kind: worker.call(f"damage:explain_{kind}", count=COUNT) for kind in OF_KIND}
    found = worker.call("damage:look", count=COUNT)
    assert worker.call("damage:look_at_many", count=COUNT) == {}
    numbers = worker.call("numbers:own")
    for kind, region in OF_KIND.items():
        assert found[kind] == [None] * COUNT
        refusals = numbers[region]["refusals"]
        assert refusals.keys() <= names
        reads = COUNT * (2 if kind == "plain" else 1)
        assert sum(refusals.values()) == reads
        assert explained[kind].count(None) == 0
        assert set(Counter(explained[kind])) == refusals.keys()
    mended = worker.call("damage:mend", count=COUNT)
    assert mended == {kind: values() for kind in OF_KIND}
    assert worker.call("damage:look", count=COUNT) == mended
