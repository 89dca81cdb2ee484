"""The machine that is measured on, without anything that tells whose it is."""

from __future__ import annotations

import os
import platform
import re
import sys
from pathlib import Path


def described() -> dict[str, str | int | float]:
    """Processor, memory and kernel, and how busy it is now."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _first(r"^model name\s*:\s*(.+)$", "/proc/cpuinfo") or platform.machine(),
        "memory_gib": round(int(_first(r"^MemTotal:\s*(\d+) kB$", "/proc/meminfo")) / 2**20, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {sys.version.split()[0]}",
        "load_average": round(os.getloadavg()[0], 2),
    }


def _first(pattern: str, file: str) -> str:
    found = re.search(pattern, Path(file).read_text(), re.M)
    return found[1].strip() if found else ""
