"""Lets random bytes, led by what they reach in the code, look for what no test has thought of.

It takes no nightly: the marks of coverage are an option of the compiler's back end, and libFuzzer
comes as a crate, which takes a C++ compiler. What was found stays in ``build/fuzz``.
"""

from __future__ import annotations

import os
from pathlib import Path

from tools.steps import machine
from tools.steps.command import Stop, answer, must, run
from tools.steps.place import BUILD, ROOT, target_folder

FOLDER = ROOT / "fuzz"
FOUND = BUILD / "fuzz"
TARGETS = ("command", "resp")
DEFAULT_S = 60

COVERAGE = " ".join(
    (
        "-Cpasses=sancov-module",
        "-Cllvm-args=-sanitizer-coverage-level=4",
        "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
        "-Cllvm-args=-sanitizer-coverage-pc-table",
        "-Cllvm-args=-sanitizer-coverage-trace-compares",
    )
)


def fuzz() -> int:
    """Runs each target for SECONDS, or until it fails; exit code 1 if one did."""
    seconds = _seconds()
    machine.require_rust()
    machine.require(machine.CXX_COMPILER)
    programs = _built()
    failed = [target for target in TARGETS if not _holds(target, programs, seconds)]
    for target in failed:
        print(f"{target} FAILED; the bytes that did it: {FOUND / target}/crash-*")
    print(f"\n{len(TARGETS) - len(failed)} passed, {len(failed)} failed, {seconds} s each")
    return 1 if failed else 0


def _seconds() -> int:
    given = os.environ.get("SECONDS", "")
    if given and not given.isdecimal():
        raise Stop(f"wanted SECONDS as a whole number, found: {given}", exit_code=2)
    return int(given or DEFAULT_S)


def _built() -> Path:
    """The folder of the programs. A target is named to keep the marks out of build scripts."""
    host = answer("rustc", "--print", "host-tuple")
    if host is None:
        raise Stop("wanted the name of this machine of rustc, found: none")
    place = target_folder() / "fuzz"
    must(
        "cargo", "build", "--quiet", "--release", "--locked", "--manifest-path",
        FOLDER / "Cargo.toml", "--target", host, "--target-dir", place,
        extra={"RUSTFLAGS": COVERAGE},
    )  # fmt: skip
    return place / host / "release"


def _holds(target: str, programs: Path, seconds: int) -> bool:
    """The corpus of earlier runs is gone on with; seeds are only read."""
    corpus, crashes = FOUND / target / "corpus", FOUND / target
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = [folder for folder in [FOLDER / "seeds" / target] if folder.is_dir()]
    code = run(
        programs / target, f"-max_total_time={seconds}", f"-artifact_prefix={crashes}/",
        "-max_len=4096", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1",
        corpus, *seeds,
    )  # fmt: skip
    return code == 0
