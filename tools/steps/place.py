"""Where things lie. Everything that is made lies under ``build/`` or cargo's target folder."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
VENV = BUILD / "venv"
LOGS = BUILD / "test"
LACKS = LOGS / "machine-lacks.txt"


def target_folder() -> Path:
    """Cargo's target folder: the caller's choice, or the usual one."""
    return ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
