"""Stages for the tests: a folder of their own, and every process ended when they end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """On the embedded store."""
    yield from _staged(tmp_path, f"embedded://{tmp_path}/store")


@pytest.fixture(params=["embedded", "memory"])
def any_stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """On each store."""
    locations = {"embedded": f"embedded://{tmp_path}/store", "memory": "memory://shop"}
    yield from _staged(tmp_path, locations[request.param])


def _staged(folder: Path, location: str) -> Iterator[Stage]:
    stage = Stage(folder, location)
    stage.fill({1: "old"})
    try:
        yield stage
        stage.close()
    finally:
        stage.kill()
