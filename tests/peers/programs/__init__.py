"""What is played in a process of its own: it changes Django's settings, forks, or needs another
version of a package.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

__all__ = ["run"]

ROOT = Path(__file__).resolve().parents[3]
LIMIT_S = 25


def run(program: str, *arguments: str, packages: Path | None = None) -> str:
    """What a program of this folder observed.

    Args:
        program: Its name.
        arguments: What it is told.
        packages: A folder whose packages come before those of the environment.
    """
    paths = [str(ROOT), *([str(packages)] if packages else [])]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", f"tests.peers.programs.{program}", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(reversed(paths))},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout))
