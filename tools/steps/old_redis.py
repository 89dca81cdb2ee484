"""A redis-py with a known defect, for one scene of tests/peers, apart from the environment."""

from __future__ import annotations

import shutil
from pathlib import Path

from tools.steps.command import run
from tools.steps.place import BUILD, ROOT

PINS = ROOT / "tools/requirements-old-redis.txt"
FOLDER = BUILD / "old-redis"


def fetch(python: Path, log: Path | None = None) -> bool:
    """Puts it into its folder, unless it is there; whether it could be had.

    Where it could not, the folder is left out, and the test that needs it says so.
    """
    stamp, wanted = FOLDER / "stamp", PINS.read_text()
    if stamp.is_file() and stamp.read_text() == wanted:
        return True
    shutil.rmtree(FOLDER, ignore_errors=True)
    words = ("install", "--quiet", "--no-deps", "--target", FOLDER, "--requirement", PINS)
    if run(python, "-m", "pip", *words, log=log):
        shutil.rmtree(FOLDER, ignore_errors=True)
        return False
    stamp.write_text(wanted)
    return True
