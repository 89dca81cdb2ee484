"""What must be installed on the machine, and how to get it: Debian's packages, by need.

A need is a probe and the packages that answer it. Root gets them installed; without root the line
to type is printed and the step ends with exit code 2. Nothing is installed that is there already.
A package that is installed here starts no service, now or with the machine: its units stay out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.steps.command import Stop, environment, must


@dataclass(frozen=True)
class Need:
    """Something the machine must have."""

    name: str
    packages: tuple[str, ...]
    is_there: Callable[[], bool]
    services: tuple[str, ...] = ()
    """What the packages would start."""


def program(name: str, *packages: str) -> Need:
    """A program on the path."""
    return Need(name, packages, lambda: on_path(name) is not None)


def on_path(name: str) -> str | None:
    """Where a program lies, with cargo's own folder searched too."""
    return shutil.which(name, path=environment()["PATH"])


def _compiles() -> bool:
    """A compiler without the C library's headers cannot build the crates that hold C."""
    if on_path("cc") is None:
        return False
    probe = subprocess.run(
        ["cc", "-fsyntax-only", "-x", "c", "-"],
        input=b"#include <stdlib.h>\n",
        env=environment(),
        capture_output=True,
    )
    return probe.returncode == 0


C_COMPILER = Need("a C compiler", ("gcc", "libc6-dev"), _compiles)
CXX_COMPILER = program("c++", "g++")
RUST = (C_COMPILER,)

SERVER = Need(
    "redis-server",
    ("redis-server",),
    lambda: on_path("redis-server") is not None,
    services=("redis-server",),
)
"""What the tests of the Redis store talk to. Each test starts its own."""


def postgres_program(name: str) -> str | None:
    """One of PostgreSQL's programs: on the path, or the newest where Debian puts them."""
    installed = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    newest = sorted(installed, key=lambda path: float(path.parts[-3]))
    return on_path(name) or (str(newest[-1]) if newest else None)


DATABASE = Need(
    "PostgreSQL",
    ("postgresql",),
    lambda: postgres_program("initdb") is not None,
    services=("postgresql",),
)
"""What tests of transactions talk to, besides SQLite. They start their own."""

VALKEY = "valkey-server"
"""The same tests run on it where it is on the path. Debian 12 has it among its backports."""


def require(*needs: Need) -> None:
    """Installs what is missing.

    Raises:
        Stop: with exit code 2, where something is missing and may not be installed.
    """
    missing = [need for need in needs if not need.is_there()]
    if not missing:
        return
    packages = sorted({package for need in missing for package in need.packages})
    line = "apt-get install -y " + " ".join(packages)
    names = ", ".join(need.name for need in missing)
    if shutil.which("apt-get") is None:
        raise Stop(f"wanted on this machine, not found: {names}", exit_code=2)
    if os.geteuid() != 0:
        raise Stop(f"wanted on this machine, not found: {names}\nhint: {line}", exit_code=2)
    extra = {"DEBIAN_FRONTEND": "noninteractive"}
    left_out = [word for need in missing for name in need.services for word in _without(name)]
    must("apt-get", "update", "-q", extra=extra)
    must(*line.split(), "-q", *left_out, extra=extra)
    if still := [need.name for need in missing if not need.is_there()]:
        raise Stop(f"installed, and still not found: {', '.join(still)}", exit_code=2)


def _without(service: str) -> tuple[str, ...]:
    """Options with which dpkg leaves out what init systems read. No policy, no mask is left."""
    options = []
    for folder in ("/lib/systemd/system", "/usr/lib/systemd/system", "/etc/init.d"):
        options += ["-o", f"DPkg::Options::=--path-exclude={folder}/{service}*"]
    return tuple(options)


def require_rust() -> None:
    """Rust itself comes from its own installer, never from here.

    Raises:
        Stop: with exit code 2, where cargo is missing.
    """
    require(*RUST)
    if on_path("cargo") is None:
        raise Stop(
            "wanted cargo, found: nothing\nhint: install Rust (rustup), then run make again",
            exit_code=2,
        )
