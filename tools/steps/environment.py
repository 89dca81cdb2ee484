"""Virtual environments with pinned packages, made once and kept while their pins stand."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tools.steps import machine
from tools.steps.command import must
from tools.steps.place import ROOT, VENV

PINS = (ROOT / "tools/requirements.txt",)


def ready() -> Path:
    """The environment of tests, lints and demo; returns its Python."""
    return make(VENV, Path(sys.executable), PINS)


def make(folder: Path, python: Path, pins: tuple[Path, ...], only: tuple[str, ...] = ()) -> Path:
    """Makes ``folder`` an environment of ``python`` with exactly ``pins``; returns its Python.

    With ``only`` it begins with these packages and what they need; ``pins`` say which versions.
    The stamp inside is written last, so what an interrupted run left is made anew.
    """
    stamp = folder / "stamp"
    wanted = _digest(python, pins)
    inner = folder / "bin/python"
    if stamp.is_file() and stamp.read_text() == wanted and inner.exists():
        return inner
    _require_venv(python)
    shutil.rmtree(folder, ignore_errors=True)
    must(python, "-m", "venv", folder)
    option = "--constraint" if only else "--requirement"
    files = [word for pin in pins if pin.is_file() for word in (option, str(pin))]
    must(inner, "-m", "pip", "install", "--quiet", *files, *only)
    stamp.write_text(wanted)
    return inner


def _digest(python: Path, pins: tuple[Path, ...]) -> str:
    version = subprocess.run([str(python), "-VV"], capture_output=True, text=True).stdout
    parts = [str(python), version, *(pin.read_text() for pin in pins if pin.is_file())]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _require_venv(python: Path) -> None:
    """Debian's Python comes without the module that makes environments."""

    def is_there() -> bool:
        return (
            subprocess.run(
                [str(python), "-c", "import ensurepip, venv"], capture_output=True
            ).returncode
            == 0
        )

    machine.require(machine.Need("Python's venv module", ("python3-venv",), is_there))
