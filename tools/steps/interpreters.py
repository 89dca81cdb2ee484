"""The Pythons of this machine, newest last."""

from __future__ import annotations

import os
from pathlib import Path

from tools.steps.command import answer

_TELL = "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.implementation.name)"
_VERSION = tuple[int, int, int]


def newest(at_least: tuple[int, int]) -> Path | None:
    """The newest CPython of at least this version, or None where there is none."""
    fitting = [(version, path) for version, path in found() if version[:2] >= at_least]
    return max(fitting)[1] if fitting else None


def found() -> list[tuple[_VERSION, Path]]:
    """All CPythons on the path and in pyenv's folder, each version once."""
    versions: dict[_VERSION, Path] = {}
    for path in _candidates():
        told = answer(path, "-c", _TELL)
        if told is None:
            continue
        version, name = told.split()
        if name == "cpython":
            major, minor, patch = (int(part) for part in version.split("."))
            versions.setdefault((major, minor, patch), path)
    return sorted(versions.items())


def _candidates() -> list[Path]:
    names = [f"python3.{minor}" for minor in range(10, 20)]
    folders = [Path(folder) for folder in os.environ.get("PATH", os.defpath).split(os.pathsep)]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    return [
        *(folder / name for folder in folders for name in names if (folder / name).is_file()),
        *sorted(pyenv.glob("3.1[0-9].*/bin/python3")),
    ]
