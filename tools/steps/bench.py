"""Measures surecache, built as it is released, beside other caches.

The environment says what of it, as variables of `make` do: ``QUICK=1`` only the bars, ``ONLY="tags
entries"`` some parts, ``JSON=1`` the results as JSON.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.steps import environment, extension, interpreters, machine
from tools.steps.command import become, must, run
from tools.steps.place import BUILD, ROOT, target_folder

PINS = ROOT / "tools/requirements-bench.txt"
NEWEST_NEEDS = (3, 12)
"""One of the rivals does."""

RIVALS = (
    "diskcache",
    "hiredis",
    "django-redis",
    "libvalkey",
    "django-valkey",
    "django-vcache ; python_version >= '3.12'",
)
"""What is not for the Python that was found is not tried; nor is it a failure."""


def bench() -> int:
    """Runs what was asked for; exit code 1 if a bar is missed."""
    words = options(os.environ)
    machine.require_rust()
    machine.require(machine.SERVER)
    environment.ready()
    python = _rivals_environment(extension.build(profile="release"))
    must("cargo", "build", "--quiet", "--locked", "--release", "--package", "surecache-bench")
    raw = target_folder() / "release/raw-get"
    return become([python, "-m", "benches", "--raw-get", raw, *words])


def options(variables: Mapping[str, str]) -> list[str]:
    """The options of the benchmark that the environment asks for."""
    switches = (("QUICK", "--quick"), ("JSON", "--json"))
    words = [option for name, option in switches if variables.get(name, "0") not in ("", "0")]
    for part in variables.get("ONLY", "").split():
        words += ["--only", part]
    return words


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
