"""A program of Rust caches, for scenes of tests/peers, apart from the workspace."""

from __future__ import annotations

from pathlib import Path

from tools.steps.command import must, run
from tools.steps.place import ROOT, target_folder

MANIFEST = ROOT / "tests/peers/rust/Cargo.toml"
PROGRAM = target_folder() / "peers/debug/surecache-peers"


def build(log: Path | None = None) -> bool:
    """Builds it; whether what it is made of could be had.

    Where it could not, the program is left out, and the tests that need it say so.
    """
    words = ("--quiet", "--locked", "--manifest-path", MANIFEST)
    if run("cargo", "fetch", *words, log=log):
        PROGRAM.unlink(missing_ok=True)
        return False
    must("cargo", "build", *words, "--target-dir", target_folder() / "peers", log=log)
    return True
