"""Counts what test programs report, from what they print at the end."""

from __future__ import annotations

import re
from dataclasses import dataclass

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_CARGO = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;", re.M)
_NEXTEST = re.compile(r"^\s*Summary \[[^]]*\] .*tests? run: (.*)$", re.M)
_PYTEST = re.compile(r"^(?:=+ )?((?:\d+ [a-z]+(?:, )?)+) in [\d.]+s.*$", re.M)
_NUMBER = re.compile(r"(\d+) ([a-z]+)")

# tests/conftest.py has turned all skips into failures but those for what the machine lacks.
_PYTEST_NEUTRAL = {"skipped", "warning", "warnings", "deselected"}
_NEXTEST_NEUTRAL = {"flaky", "leaky", "slow"}


@dataclass(frozen=True)
class Tally:
    """How many passed and how many did not. Skipped is not passed."""

    passed: int = 0
    failed: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.passed + other.passed, self.failed + other.failed)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed"


def read(output: str) -> Tally:
    """Sums the closing lines of cargo test, cargo nextest and pytest in ``output``."""
    output = _COLOUR.sub("", output)
    total = Tally()
    for passed, failed, ignored in _CARGO.findall(output):
        total += Tally(int(passed), int(failed) + int(ignored))
    for pattern, neutral in ((_NEXTEST, _NEXTEST_NEUTRAL), (_PYTEST, _PYTEST_NEUTRAL)):
        for line in pattern.findall(output):
            for number, word in _NUMBER.findall(line):
                total += _word(int(number), word, neutral)
    return total


def judged(output: str, exit_code: int) -> Tally:
    """Like :func:`read`; a program that failed without a count, or ran no test, counts as one
    failure.
    """
    total = read(output)
    if total.failed == 0 and (exit_code != 0 or total.passed == 0):
        total += Tally(failed=1)
    return total


def _word(number: int, word: str, neutral: set[str]) -> Tally:
    if word == "passed":
        return Tally(passed=number)
    return Tally() if word in neutral else Tally(failed=number)
