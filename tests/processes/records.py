"""The records of an embedded store, read and changed as LMDB has them.

Only while no process has the store open. The layout is that of ``docs/reference/embedded.md`` and
``docs/reference/format.md``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import lmdb

ENTRY = 1  # the last byte of the key of an entry
HEAD_BYTES = 24  # what stands before the sealed bytes
CODEC = 3  # offsets in the sealed bytes
KEY_LENGTH = 68
SEALED_LENGTH = 76
KEY = 80
SEAL_BYTES = 16  # at the end
PICKLE = 2  # a codec
SHARDS = 4
MAP_BYTES = 1 << 28


@dataclass(frozen=True)
class Record:
    """An entry: where it stands, and its bytes from the format version to the end of the seal."""

    shard: int
    place: bytes
    head: bytes
    sealed: bytes

    @property
    def name(self) -> bytes:
        """The key that it was sealed for."""
        length = int.from_bytes(self.sealed[KEY_LENGTH : KEY_LENGTH + 4], "big")
        return self.sealed[KEY : KEY + length]

    @property
    def payload_length(self) -> int:
        """With the seal."""
        return int.from_bytes(self.sealed[SEALED_LENGTH : SEALED_LENGTH + 4], "big")

    @property
    def header(self) -> bytes:
        """What stands before the payload."""
        return self.sealed[: -self.payload_length]


def read(store: Path) -> dict[bytes, Record]:
    """All entries, by the key that they were sealed for."""
    records = []
    for shard in range(SHARDS):
        with _opened(store, shard) as environment, environment.begin() as transaction:
            for place, value in transaction.cursor():
                if place[-1] == ENTRY:
                    records.append(Record(shard, place, value[:HEAD_BYTES], value[HEAD_BYTES:]))
    return {record.name: record for record in records}


def write(store: Path, changed: dict[Record, bytes]) -> None:
    """Puts other bytes in the place of what these entries have from the format version on."""
    for shard in range(SHARDS):
        with _opened(store, shard) as environment, environment.begin(write=True) as transaction:
            for record, sealed in changed.items():
                if record.shard == shard:
                    assert transaction.replace(record.place, record.head + sealed)


@contextmanager
def _opened(store: Path, shard: int) -> Iterator[lmdb.Environment]:
    # Without its lock file: that one's locks would be dropped with this environment.
    path = str(store / "v3" / f"shard-{shard}")
    environment = lmdb.open(path, lock=False, map_size=MAP_BYTES)
    try:
        yield environment
    finally:
        environment.close()
