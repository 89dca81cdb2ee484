"""The floor of a GET: a loop in Rust over one socket, on the keys and values of a contender."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RawGet:
    """The program `raw-get` of the crate surecache-bench, while it runs."""

    process: subprocess.Popen[str]

    def turn(self, order: list[int]) -> float:
        """It takes its own time: what is said to it is not part of it."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("wanted a program that is spoken with, found no pipes")
        with suppress(BrokenPipeError):  # its end is seen where it should answer
            self.process.stdin.write(" ".join(map(str, order)) + "\n")
            self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"raw-get: wanted a time, found its end: {self.process.wait()}")
        return int(answer) / len(order)


@contextmanager
def running(program: Path, port: int, keys: Sequence[str]) -> Iterator[RawGet]:
    """Starts it, and ends it."""
    process = subprocess.Popen(
        [str(program), str(port), *keys],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield RawGet(process)
    finally:
        process.kill()
        with suppress(BrokenPipeError):  # what it did not read is lost with it
            process.communicate()
