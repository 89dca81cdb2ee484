"""Counts what test programs report, from what they print at the end."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_CARGO = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;", re.M)
_NEXTEST = re.compile(r"^\s*Summary \[[^]]*\] .*tests? run: (.*)$", re.M)
_PYTEST = re.compile(r"^(?:=+ )?((?:\d+ [a-z]+(?:, )?)+) in [\d.]+s.*$", re.M)
_FAILED = re.compile(
    r"^test (\S.*) \.\.\. FAILED$"  # cargo test
    r"|^ +(?:FAIL|SIG[A-Z]+|TIMEOUT) \[[^]]*\] (?:\([^)]*\) )?(\S.*)$"  # cargo nextest
    r"|^(?:ERROR|FAILED) (\S+::\S.*)$"  # pytest
    r"|^(?:ERROR|FAIL): (\S.*)$",  # unittest
    re.M,
)
_NUMBER = re.compile(r"(\d+) ([a-z]+)")

# tests/conftest.py has turned all skips into failures but those for what the machine lacks.
_PYTEST_NEUTRAL = {"skipped", "warning", "warnings", "deselected"}
_NEXTEST_NEUTRAL = {"flaky", "leaky", "slow"}


@dataclass(frozen=True)
class Tally:
    """How many passed and how many did not. Skipped is not passed."""

    passed: int = 0
    failed: int = 0
    names: tuple[str, ...] = field(default=(), compare=False)
    """Of those that failed, where they are known."""

    def __add__(self, other: Tally) -> Tally:
        names = (*self.names, *other.names)
        return Tally(self.passed + other.passed, self.failed + other.failed, names)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed"


def names_of_failed(output: str) -> tuple[str, ...]:
    """What the test programs say that failed, each once: cargo test, nextest, pytest, unittest."""
    found = ("".join(groups).strip() for groups in _FAILED.findall(_COLOUR.sub("", output)))
    return tuple(dict.fromkeys(found))


def read(output: str) -> Tally:
    """Sums the closing lines of cargo test, cargo nextest and pytest in ``output``."""
    output = _COLOUR.sub("", output)
    total = Tally(names=names_of_failed(output))
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
