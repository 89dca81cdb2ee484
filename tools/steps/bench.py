"""Measures surecache, built as it is released, beside other caches."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.steps import environment, extension, interpreters, machine
from tools.steps.command import become, run
from tools.steps.place import BUILD, ROOT

PINS = ROOT / "tools/requirements-bench.txt"
NEWEST_NEEDS = (3, 12)
"""One of the rivals does."""

RIVALS = ("hiredis", "django-redis", "django-vcache ; python_version >= '3.12'")
"""What is not for the Python that was found is not tried; nor is it a failure."""


def bench() -> int:
    """Runs all parts; exit code 1 if one of them failed."""
    machine.require_rust()
    machine.require(machine.SERVER)
    python = environment.ready()
    wheel = extension.build(profile="release")
    extension.install(python, wheel)
    embedded = become([python, "-m", "benches.embedded"])
    if embedded not in (0, 1):
        return embedded
    redis = become([_rivals_environment(wheel), "-m", "benches.redis"])
    return redis or embedded


def _rivals_environment(wheel: Path) -> Path:
    """An environment of the newest Python with what can be installed of the rivals; the part that
    measures them says what is missing.
    """
    newest = interpreters.newest(NEWEST_NEEDS) or Path(sys.executable)
    python = environment.make(BUILD / "venv-bench", newest, (PINS,), only=("Django",))
    for rival in RIVALS:
        run(python, "-m", "pip", "install", "--quiet", "--constraint", PINS, rival)
    extension.install(python, wheel)
    return python
