"""What is played in a process of its own: it changes Django's settings, forks, or needs another
Python, another version of a package, or caches of Rust or JavaScript programs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["run", "run_program"]

ROOT = Path(__file__).resolve().parents[3]
LIMIT_S = 25


def run(
    program: str,
    *arguments: str,
    python: str | Path = sys.executable,
    packages: Path | None = None,
) -> Any:
    """What a program of this folder observed.

    Args:
        program: Its name.
        arguments: What it is told.
        python: Runs it.
        packages: A folder whose packages come before those of the environment.
    """
    module = f"tests.peers.programs.{program}"
    paths = [*([packages] if packages else []), ROOT]
    return run_program(python, "-W", "error", "-m", module, *arguments, paths=paths)


def run_program(*words: str | Path, paths: Sequence[Path] = ()) -> Any:
    """What a program observed; it prints that as JSON. ``paths`` are where its modules lie."""
    done = subprocess.run(
        words,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
