"""Rules for all Python tests: a skip is a failure, except for what a machine lacks. And servers,
and the two flavours of calls.

Such a skip gives a reason that begins with ``machine lacks: ``. It is listed at the end of the run,
and written to the file that the environment names, for `make test` to list once more.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest

from tests import mutants
from tests.postgres import Postgres
from tests.servers import RedisServer

LACKS = "machine lacks: "
_lacks: dict[str, None] = {}
_Report = TypeVar("_Report", pytest.TestReport, pytest.CollectReport)


@pytest.fixture(scope="session", autouse=True)
def mutant() -> None:
    """Takes out the mechanism that the environment names: see `make mutants`."""
    mutants.take_out()


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A server of the test's own, to be paused, stopped and filled."""
    with _server() as server:
        yield server


@pytest.fixture(scope="session")
def redis_location() -> Iterator[str]:
    """Where the server is that the tests of this run share; they keep apart by their prefixes."""
    with _server() as server:
        yield server.location


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The database server that the tests of this run share, each with a database of its own."""
    with (
        TemporaryDirectory(prefix="surecache-postgres-") as folder,
        Postgres(Path(folder)) as server,
    ):
        yield server


@contextmanager
def _server() -> Iterator[RedisServer]:
    """Not in ``tmp_path``: the name of a socket must be short."""
    with (
        TemporaryDirectory(prefix="surecache-redis-") as folder,
        RedisServer(Path(folder)) as server,
    ):
        yield server


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


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def call(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Calls by their plain names, or through their asynchronous twins on one event loop."""
    loop = asyncio.new_event_loop() if request.param else None

    def called(owner: Any, name: str, *arguments: Any, **named: Any) -> Any:
        if loop is None:
            return getattr(owner, name)(*arguments, **named)

        async def twin() -> Any:
            return await getattr(owner, f"a{name}")(*arguments, **named)

        return loop.run_until_complete(twin())

    yield called
    if loop is not None:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
