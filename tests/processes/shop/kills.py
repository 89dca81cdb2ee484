"""Acts about writers that are killed in the middle of what they do."""

import os
import signal

from django.core.cache import cache
from surecache.django import Row, invalidate

from tests.processes.shop import versions
from tests.processes.shop.models import Item
from tests.processes.shop.regions import version
from tests.processes.shop.worker import is_open

# Values of some bytes, of a page, and of many pages.
LARGEST_BYTES = 20_000


def kill_writer(first: int, lines: int) -> list[list]:
    """Forks a process that writes for ever, and kills it once it has said so many lines.

    A line is said after the call that it tells of has returned: ``["set", key, number]`` or
    ``["ended", key, number]``. Numbers begin with `first` and grow. Returns all lines.
    """
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        _write_until_killed(first, write_end)
    os.close(write_end)
    with os.fdopen(read_end) as told:
        said = [next(told) for _ in range(lines)]
        os.kill(pid, signal.SIGKILL)
        said.extend(told)
    os.waitpid(pid, 0)
    whole = [line.split() for line in said if line.endswith("\n")]
    return [[what, int(key), int(number)] for what, key, number in whole]


def check_sets(numbers: dict[str, int]) -> None:
    """Every value is whole, and none is older than the last that was stored for certain."""
    for key, number in numbers.items():
        found, filling = cache.get(f"written:{key}")
        assert filling == _filling(found), f"a torn value of {key}: {found}"
        assert found >= number, f"a lost value of {key}: {number}, found {found}"


def check_versions(numbers: dict[str, int]) -> None:
    """No answer is older than the last invalidation that returned."""
    for key, number in numbers.items():
        found = version.get_or_load(load_version, item_id=int(key))
        assert found >= number, f"a lost invalidation of {key}: {number}, found {found}"


def check_that_writing_works(text: str) -> None:
    cache.set("after-the-kill", text)
    assert cache.get("after-the-kill") == text


def keep_reading(gate: str) -> int:
    """Fills the region `version` again and again until `gate` is opened; how many reads."""
    reads = 0
    while not is_open(gate):
        version.get_or_load(load_version, item_id=reads % versions.COUNT)
        reads += 1
    return reads


def load_version(item_id: int) -> int:
    return versions.read(item_id)


def _write_until_killed(number: int, told: int) -> None:
    try:
        while True:
            number += 1
            key = number % versions.COUNT
            cache.set(f"written:{key}", (number, _filling(number)), None)
            os.write(told, f"set {key} {number}\n".encode())
            versions.write(key, number)
            invalidate(Row(Item, id=key))
            os.write(told, f"ended {key} {number}\n".encode())
    finally:
        os._exit(1)


def _filling(number: int) -> bytes:
    return number.to_bytes(4, "big") * (number * 997 % LARGEST_BYTES // 4)
