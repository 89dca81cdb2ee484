"""The step that was named, as a program: ``python -m tools.steps STEP``."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable

from tools.steps import bench, contract, example, extension, fuzz, lint, mutants, tests
from tools.steps.command import Stop
from tools.steps.place import BUILD, target_folder


def main(arguments: list[str]) -> int:
    """Runs one step and returns its exit code."""
    step = STEPS.get(arguments[0]) if len(arguments) == 1 else None
    if step is None:
        print(
            f"wanted one step of: {' '.join(STEPS)}, found: {' '.join(arguments)}", file=sys.stderr
        )
        return 2
    try:
        return step()
    except Stop as stop:
        print(stop, file=sys.stderr)
        return stop.exit_code


def _setup() -> int:
    extension.ready()
    return 0


def _clean() -> int:
    for folder in (BUILD, target_folder()):
        shutil.rmtree(folder, ignore_errors=True)
    return 0


STEPS: dict[str, Callable[[], int]] = {
    "bench": bench.bench,
    "clean": _clean,
    "contract": contract.contract,
    "control": contract.control,
    "demo": example.demo,
    "fmt": lint.fmt,
    "fuzz": fuzz.fuzz,
    "lint": lint.lint,
    "mutants": mutants.mutants,
    "setup": _setup,
    "site": example.site,
    "test": tests.test,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
