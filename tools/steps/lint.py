"""Formatting, lints and documentation of both languages."""

from __future__ import annotations

from pathlib import Path

from tools.steps import environment, extension, machine
from tools.steps.command import must, run
from tools.steps.place import VENV
from tools.steps.stages import Stage, checks, run_all
from tools.steps.tally import Tally

APART = {"fuzz": "fuzz/Cargo.toml", "peers": "tests/peers/rust/Cargo.toml"}
"""What is no part of the workspace."""

WORKSPACE = ("--workspace", "--all-features", "--locked")


def lint() -> int:
    """All checks, each run whatever the others say."""
    machine.require_rust()
    environment.ready()
    return run_all(
        [
            Stage("lint", stage),
            Stage("extension", extension.stage, is_needed=True),
            Stage("stubs", stubs),
        ]
    )


def fmt() -> int:
    """Formats in place."""
    machine.require_rust()
    environment.ready()
    must("cargo", "fmt", "--all")
    for manifest in APART.values():
        must("cargo", "fmt", "--manifest-path", manifest)
    run(VENV / "bin/ruff", "check", "--fix-only", "--quiet")
    must(VENV / "bin/ruff", "format", "--quiet")
    return 0


def stage(log: Path) -> Tally:
    """The lints as a stage of a longer step."""
    return checks(
        [
            ("cargo fmt", ["cargo", "fmt", "--all", "--check"]),
            *(
                (f"cargo fmt of {name}", ["cargo", "fmt", "--manifest-path", manifest, "--check"])
                for name, manifest in APART.items()
            ),
            (
                "clippy",
                [
                    "cargo",
                    "clippy",
                    *WORKSPACE,
                    "--all-targets",
                    "--keep-going",
                    "--quiet",
                    "--",
                    "-Dwarnings",
                ],
            ),
            ("ruff", [VENV / "bin/ruff", "check"]),
            ("ruff format", [VENV / "bin/ruff", "format", "--check"]),
            ("mypy", [VENV / "bin/mypy"]),
            (
                "documentation",
                [
                    "env",
                    "RUSTDOCFLAGS=-Dwarnings",
                    "cargo",
                    "doc",
                    *WORKSPACE,
                    "--no-deps",
                    "--quiet",
                ],
            ),
        ],
        log,
    )


def stubs(log: Path) -> Tally:
    """Whether the stub of the extension says what the extension has. It must be installed.

    The rest of the package has no stubs: mypy reads its sources.
    """
    return checks(
        [("stubtest", [VENV / "bin/python", "-m", "mypy.stubtest", "surecache._core"])], log
    )
