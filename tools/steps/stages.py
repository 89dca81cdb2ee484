"""Runs named stages one after the other, all of them, and tells at the end how it went."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.steps.command import Stop, run
from tools.steps.place import LACKS, LOGS
from tools.steps.tally import Tally, judged

MOST_NAMES = 20
"""So many tests that failed are named of a stage at the end; its log names all."""


@dataclass(frozen=True)
class Stage:
    """A part of a step. ``action`` gets the file that its programs' output goes to."""

    name: str
    action: Callable[[Path], Tally]
    is_needed: bool = False
    """Where it fails, what comes after it cannot run."""


@dataclass(frozen=True)
class _Outcome:
    stage: Stage
    tally: Tally
    seconds: float


def run_all(stages: Sequence[Stage]) -> int:
    """Runs the stages and returns the exit code: 0 only if nothing failed and nothing is left."""
    LOGS.mkdir(parents=True, exist_ok=True)
    for old in (*LOGS.glob("*.log"), LACKS):
        old.unlink(missing_ok=True)
    outcomes: list[_Outcome] = []
    for stage in stages:
        outcomes.append(_run_one(stage))
        if stage.is_needed and outcomes[-1].tally.failed:
            break
    _tell(outcomes, stages)
    return 1 if any(outcome.tally.failed for outcome in outcomes) else 0


def count(*arguments: str | Path, log: Path, extra: Mapping[str, str] | None = None) -> Tally:
    """Runs a test program and counts what it reports."""
    start = log.stat().st_size if log.exists() else 0
    code = run(*arguments, log=log, extra=extra)
    with log.open("rb") as file:
        file.seek(start)
        return judged(file.read().decode(errors="replace"), code)


def checks(named: Sequence[tuple[str, Sequence[str | Path]]], log: Path) -> Tally:
    """Runs programs that pass or fail as a whole; each counts as one."""
    total = Tally()
    for name, arguments in named:
        passed = run(*arguments, log=log) == 0
        if not passed:
            print(f"-- {name}: failed", flush=True)
        names = () if passed else (name,)
        total += Tally(passed=int(passed), failed=int(not passed), names=names)
    return total


def _run_one(stage: Stage) -> _Outcome:
    print(f"\n=== {stage.name}", flush=True)
    start = time.monotonic()
    try:
        tally = stage.action(LOGS / f"{stage.name.replace(' ', '-')}.log")
    except Stop as stop:
        if stop.exit_code == 2:
            raise
        print(stop, flush=True)
        tally = Tally(failed=1)
    seconds = time.monotonic() - start
    print(f"=== {stage.name}: {tally} in {seconds:.1f} s", flush=True)
    return _Outcome(stage, tally, seconds)


def _tell(outcomes: Sequence[_Outcome], stages: Sequence[Stage]) -> None:
    width = max(len(stage.name) for stage in stages)
    print(f"\n{'stage'.ljust(width)}  {'seconds':>8}  {'passed':>7}  {'failed':>7}")
    for outcome in outcomes:
        tally = outcome.tally
        print(
            f"{outcome.stage.name.ljust(width)}  {outcome.seconds:8.1f}"
            f"  {tally.passed:7}  {tally.failed:7}"
        )
    for stage in stages[len(outcomes) :]:
        print(f"{stage.name.ljust(width)}  not run: {outcomes[-1].stage.name} failed")
    for outcome in outcomes:
        for name in outcome.tally.names[:MOST_NAMES]:
            print(f"!!! FAILED in {outcome.stage.name}: {name}")
    if lacks := machine_lacks():
        print("\n!!! NOT RUN, because this machine lacks what it needs:")
        for line in lacks:
            print(f"!!!   {line}")
    total = sum((outcome.tally for outcome in outcomes), Tally())
    print(f"\n{total}", flush=True)


def machine_lacks() -> list[str]:
    """What tests wrote down as not runnable here, each line once."""
    if not LACKS.exists():
        return []
    return list(dict.fromkeys(LACKS.read_text().splitlines()))


def note_lack(line: str) -> None:
    """Writes down something that cannot run here."""
    LACKS.parent.mkdir(parents=True, exist_ok=True)
    with LACKS.open("a") as file:
        file.write(line + "\n")
