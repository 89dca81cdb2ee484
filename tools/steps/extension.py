"""Builds the wheel and installs it. Cargo decides what is out of date, the wheel's contents what is
installed again.
"""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from tools.steps import environment, machine
from tools.steps.command import Stop, must
from tools.steps.place import BUILD, VENV
from tools.steps.tally import Tally

PROFILE = "demo"
WHEELS = BUILD / "wheels"


def ready(profile: str = PROFILE) -> Path:
    """The environment with the package installed from today's sources; returns its Python."""
    machine.require_rust()
    python = environment.ready()
    install(python, build(profile=profile))
    return python


def stage(log: Path) -> Tally:
    """The extension of today's sources in the environment, as a stage of a longer step."""
    install(VENV / "bin/python", build(log))
    return Tally()


def build(log: Path | None = None, profile: str = PROFILE) -> Path:
    """One wheel for all supported Pythons (the stable ABI)."""
    for old in WHEELS.glob("*.whl"):
        old.unlink()
    must(
        VENV / "bin/maturin", "build", "--quiet", "--profile", profile,
        "--interpreter", VENV / "bin/python", "--out", WHEELS, log=log,
    )  # fmt: skip
    found = sorted(WHEELS.glob("surecache-*-abi3-*.whl"))
    if len(found) != 1:
        raise Stop(f"wanted one abi3 wheel in {WHEELS}, found: {len(found)}")
    return found[0]


def install(python: Path, wheel: Path) -> None:
    """Installs ``wheel`` into the environment of ``python``, unless it is there already."""
    stamp = python.parent.parent / "wheel-stamp"
    digest = _contents(wheel)
    if stamp.is_file() and stamp.read_text() == digest:
        return
    must(
        python, "-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps", "--no-index",
        wheel,
    )  # fmt: skip
    stamp.write_text(digest)


def _contents(wheel: Path) -> str:
    """Names and checksums of what is in it, without what tells only when it was built."""
    with zipfile.ZipFile(wheel) as archive:
        parts = sorted(
            f"{file.filename} {file.CRC:08x}"
            for file in archive.infolist()
            if not file.filename.endswith((".cyclonedx.json", "/RECORD"))
        )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
