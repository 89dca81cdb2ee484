"""Stages for the tests: a folder of their own, and every process ended when they end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import Database, Postgres
from tests.processes.stage import Stage
from tests.servers import RedisServer


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """On the embedded store."""
    yield from _staged(tmp_path, f"embedded://{tmp_path}/store")


@pytest.fixture(params=["embedded", "redis"])
def shared_stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """On each store that processes share."""
    yield from _staged(tmp_path, _location(request, tmp_path))


@pytest.fixture(params=["embedded", "memory", "redis"])
def any_stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """On each store."""
    yield from _staged(tmp_path, _location(request, tmp_path))


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[Database | None]:
    """Where the rows are; None where they are in a SQLite file."""
    if request.param == "sqlite":
        yield None
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database() as database:
        yield database


@pytest.fixture(params=["embedded", "redis"])
def owing_stage(
    request: pytest.FixtureRequest, tmp_path: Path, database: Database | None
) -> Iterator[Stage]:
    """On each store that processes share and each database, with the table of the outbox."""
    for stage in _staged(tmp_path, _location(request, tmp_path), database):
        stage.worker().call("owed:migrate")
        yield stage


def _location(request: pytest.FixtureRequest, folder: Path) -> str:
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis_server")
        return server.location
    return {"embedded": f"embedded://{folder}/store", "memory": "memory://shop"}[request.param]


def _staged(folder: Path, location: str, database: Database | None = None) -> Iterator[Stage]:
    stage = Stage(folder, location, database)
    stage.fill({1: "old"})
    try:
        yield stage
        stage.close()
    finally:
        stage.kill()
