"""What tests of the benchmark share."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools.steps.place import ROOT, target_folder


@pytest.fixture(scope="session")
def raw_get() -> Path:
    """The floor, built."""
    command = ["cargo", "build", "--quiet", "--locked", "--package", "surecache-bench"]
    subprocess.run(command, cwd=ROOT, check=True)
    return target_folder() / "debug/raw-get"
