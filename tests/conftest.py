"""Rules for all Python tests: a skip is a failure, except for what a machine lacks.

Such a skip gives a reason that begins with ``machine lacks: ``. It is listed at the end of the run,
and written to the file that the environment names, for `make test` to list once more.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import TypeVar

import pytest

LACKS = "machine lacks: "
_lacks: dict[str, None] = {}
_Report = TypeVar("_Report", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _judged((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _judged((yield))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reason in _lacks:
        terminalreporter.write_line(f"!!! NOT RUN: {LACKS}{reason}", red=True)


def _judged(report: _Report) -> _Report:
    if not report.skipped:
        return report
    reason = _reason(report)
    if reason.startswith(LACKS):
        _write_down(reason.removeprefix(LACKS))
        return report
    report.outcome = "failed"
    report.longrepr = (
        f"wanted a test that runs, or a skip whose reason begins with '{LACKS}',"
        f" found a skip: {reason}"
    )
    return report


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    if hasattr(report, "wasxfail"):
        return f"xfail: {report.wasxfail}"
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def _write_down(reason: str) -> None:
    if reason in _lacks:
        return
    _lacks[reason] = None
    if path := os.environ.get("SURECACHE_MACHINE_LACKS"):
        with open(path, "a", encoding="utf-8") as file:
            file.write(reason + "\n")
