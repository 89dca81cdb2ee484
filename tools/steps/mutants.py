"""Takes out each mechanism that a promise rests on and runs the test that must notice.

``tools/mutants.txt`` names for each mutant the test that finds it. The core's tests are built once,
with the mutants in; which one is active in a run is said by the environment. The Python side's
mutants are in ``tests/mutants.py``.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tools.steps import environment, extension, lint, machine
from tools.steps.command import Stop
from tools.steps.command import environment as surroundings
from tools.steps.place import ROOT, VENV

TABLE = ROOT / "tools/mutants.txt"
DECLARED = (
    (ROOT / "crates/surecache/src/base/mutant.rs", r"^    ([A-Z]\w+),$"),
    (ROOT / "tests/mutants.py", r'^    "([A-Z]\w+)": \('),
)
PYTHON = "python"
"""The test program of a test of the Python side, which is named as pytest names it."""

LIMIT_S = 60


@dataclass(frozen=True)
class Pair:
    """A mutant and the test that must notice it."""

    mutant: str
    binary: str
    test: str


@dataclass(frozen=True)
class _Binary:
    path: Path
    folder: Path


def mutants() -> int:
    """Exit code 1 if a mutant survives, has no test, or its test fails without it too."""
    machine.require_rust()
    machine.require(machine.SERVER)
    environment.ready()
    extension.install(VENV / "bin/python", extension.build())
    table = pairs()
    binaries = _build()
    width = max(len(pair.mutant) for pair in table)
    survivors = 0
    for pair in table:
        start = time.monotonic()
        verdict = _verdict(pair, binaries)
        survivors += verdict is not None
        seconds = time.monotonic() - start
        said = verdict or f"found in {seconds:.1f} s"
        print(f"{pair.mutant:{width}} -> {pair.binary} {pair.test}: {said}", flush=True)
    found = len(table) - survivors
    print(f"\n{found} passed, {survivors} failed")
    return 1 if survivors else 0


def pairs() -> list[Pair]:
    """The mutants, each with its test.

    Raises:
        Stop: one is declared and has no test, or the other way round.
    """
    lines = (line.split("#")[0].split() for line in TABLE.read_text().splitlines())
    found = [Pair(*words) for words in lines if words]
    declared = {
        name for path, line in DECLARED for name in re.findall(line, path.read_text(), re.M)
    }
    named = {pair.mutant for pair in found}
    if declared != named:
        raise Stop(
            f"wanted a line in tools/mutants.txt for each declared mutant; without a line:"
            f" {sorted(declared - named)}; not declared: {sorted(named - declared)}"
        )
    return found


def _build() -> dict[str, _Binary]:
    """Builds all test programs with the mutants in; by the name of cargo's target."""
    done = subprocess.run(
        ["cargo", "test", *lint.WORKSPACE, "--tests", "--no-run",
         "--message-format=json-render-diagnostics"],
        cwd=ROOT, env=surroundings({"SURECACHE_MUTANTS": "1"}), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    if done.returncode:
        raise Stop("the tests do not build with the mutants in")
    binaries = {}
    for line in done.stdout.splitlines():
        message = json.loads(line)
        if message["reason"] == "compiler-artifact" and message["executable"]:
            folder = Path(message["manifest_path"]).parent
            path = Path(message["executable"])
            binaries[message["target"]["name"].replace("-", "_")] = _Binary(path, folder)
    binaries[PYTHON] = _Binary(VENV / "bin/python", ROOT)
    return binaries


def _verdict(pair: Pair, binaries: dict[str, _Binary]) -> str | None:
    """What is wrong, or None where the test passes without the mutant and fails with it."""
    binary = binaries.get(pair.binary)
    if binary is None:
        return f"NO SUCH TEST PROGRAM, there are: {', '.join(sorted(binaries))}"
    if complaint := _whole(_ends(binary, pair.test, mutant="")):
        return complaint
    ended = _ends(binary, pair.test, mutant=pair.mutant)
    if ended is None:
        return f"NO VERDICT within {LIMIT_S} s"
    return "SURVIVES" if ended[0] == 0 else None


def _whole(ended: tuple[int, str] | None) -> str | None:
    if ended is None:
        return f"NO VERDICT within {LIMIT_S} s without the mutant"
    code, output = ended
    if code:
        return "FAILS WITHOUT THE MUTANT TOO"
    return None if " 1 passed" in output else "NO SUCH TEST"


def _ends(binary: _Binary, test: str, *, mutant: str) -> tuple[int, str] | None:
    """Runs one test; its exit code and output, or None where it did not end in time."""
    extra = {"SURECACHE_MUTANT": mutant, "CARGO_MANIFEST_DIR": os.fspath(binary.folder)}
    words = ("-m", "pytest") if binary.folder == ROOT else ("--exact",)
    try:
        done = subprocess.run(
            [binary.path, *words, test],
            cwd=binary.folder, env=surroundings(extra), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None
    return done.returncode, done.stdout
