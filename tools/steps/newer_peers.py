"""Caches that need a newer Python than surecache does, for scenes of tests/peers."""

from __future__ import annotations

import shutil

from tools.steps import environment, interpreters
from tools.steps.command import Stop
from tools.steps.place import BUILD, ROOT

PINS = ROOT / "tools/requirements-newer-peers.txt"
FOLDER = BUILD / "venv-newer-peers"
PYTHON = FOLDER / "bin/python"
NEEDS = (3, 12)


def fetch() -> bool:
    """Makes their environment, unless it is there; whether it could be had.

    Where it could not, the folder is left out, and the tests that need it say so.
    """
    newest = interpreters.newest(NEEDS)
    try:
        if newest is not None:
            environment.make(FOLDER, newest, (PINS,))
            return True
    except Stop as stop:
        print(stop, flush=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    return False
