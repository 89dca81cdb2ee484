"""The floor of a GET: a loop in Rust over one socket, on the keys and values of a contender."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
        self.process.stdin.write(" ".join(map(str, order)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"raw-get: wanted a time, found its end: {self.process.wait()}")
        return int(answer) / len(order)


@contextmanager
def running(program: Path, port: int, keys: Sequence[str]) -> Iterator[RawGet]:
    """Starts it; it ends with its input."""
    with subprocess.Popen(
        [str(program), str(port), *keys],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield RawGet(process)
