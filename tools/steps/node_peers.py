"""A program with a cache of JavaScript programs, for one scene of tests/peers."""

from __future__ import annotations

import shutil
from pathlib import Path

from tools.steps.command import run
from tools.steps.machine import on_path
from tools.steps.place import BUILD, ROOT

SOURCE = ROOT / "tests/peers/node"
MANIFEST = SOURCE / "package.json"
FOLDER = BUILD / "node-peers"
PROGRAM = FOLDER / "late_load.mjs"


def fetch(log: Path | None = None) -> bool:
    """Puts the program and what it needs into their folder, unless they are there; whether they
    could be had.

    Where they could not, the folder is left out, and the test that needs them says so.
    """
    stamp = FOLDER / "stamp"
    wanted = "\0".join(path.read_text() for path in sorted(SOURCE.iterdir()))
    if stamp.is_file() and stamp.read_text() == wanted:
        return True
    shutil.rmtree(FOLDER, ignore_errors=True)
    if on_path("node") is None or on_path("npm") is None:
        return False
    shutil.copytree(SOURCE, FOLDER)
    words = ("--engine-strict", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    if run("npm", "ci", "--prefix", FOLDER, *words, log=log):
        shutil.rmtree(FOLDER, ignore_errors=True)
        return False
    stamp.write_text(wanted)
    return True
