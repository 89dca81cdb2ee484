"""The example site: played as the demo, and served."""

from __future__ import annotations

import os

from tools.steps import extension, machine, server
from tools.steps.command import become
from tools.steps.place import ROOT

SITE = ROOT / "examples/django_site"
OWN_SERVER = "redis"


def demo() -> int:
    """Plays the six failures; the exit code is the demo's own.

    STORE in the environment is the location of a server for surecache's entries; `redis` stands for
    one that runs as long as the demo.
    """
    store = os.environ.get("STORE", "")
    if store == OWN_SERVER:
        machine.require(machine.SERVER)
        with server.serving() as started:
            return _play("--store", started.location)
    return _play("--store", store) if store else _play()


def site() -> int:
    """Serves the site until it is interrupted."""
    return become([extension.ready(), SITE / "serve.py"])


def _play(*options: str) -> int:
    return become([extension.ready(), SITE / "demo.py", *options])
