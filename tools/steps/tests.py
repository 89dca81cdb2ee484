"""The gate: every stage that must pass before a change is taken."""

from __future__ import annotations

from pathlib import Path

from tools.steps import (
    contract,
    environment,
    extension,
    lint,
    machine,
    newer_peers,
    node_peers,
    old_redis,
    rust_peers,
)
from tools.steps.command import answer, must
from tools.steps.place import VENV
from tools.steps.stages import Stage, count, note_lack, run_all
from tools.steps.tally import Tally


def test() -> int:
    """Runs all stages; the exit code is 0 if every one of them passed."""
    machine.require_rust()
    machine.require(machine.SERVER, machine.DATABASE)
    return run_all(
        [
            Stage("set-up", _set_up, is_needed=True),
            Stage("lint", lint.stage),
            Stage("rust tests", _rust),
            Stage("rust doc tests", _rust_doc),
            Stage("extension", _extension),
            Stage("stubs", lint.stubs),
            Stage("python tests", _python),
            Stage("tests on valkey", _on_valkey),
            Stage("django contract", contract.stage),
            Stage("examples", _examples),
        ]
    )


def _set_up(log: Path) -> Tally:
    old_redis.fetch(environment.ready(), log)
    newer_peers.fetch()
    node_peers.fetch(log)
    must("cargo", "fetch", "--locked", "--quiet", log=log)
    return Tally()


def _rust(log: Path) -> Tally:
    targets = "--tests"  # all that declares tests: libraries and programs too
    if answer("cargo", "nextest", "--version") is None:
        return count("cargo", "test", *lint.WORKSPACE, targets, "--no-fail-fast", log=log)
    return count("cargo", "nextest", "run", *lint.WORKSPACE, targets, "--no-fail-fast", log=log)


def _rust_doc(log: Path) -> Tally:
    return count("cargo", "test", "--doc", *lint.WORKSPACE, "--no-fail-fast", log=log)


def _extension(log: Path) -> Tally:
    extension.stage(log)
    # Python tests run these programs and would build them within their time limit.
    example = ("-p", "surecache", "--all-features", "--example", "shared_region")
    must("cargo", "build", "--quiet", "--locked", *example, log=log)
    rust_peers.build(log)
    return Tally()


def _python(log: Path) -> Tally:
    folders = ("--ignore=tests/docs", "--ignore=tests/contract", "tests")
    return count(VENV / "bin/python", "-m", "pytest", *folders, log=log)


def _on_valkey(log: Path) -> Tally:
    """The tests of the store on a server, once more, where there is another server: the programs of
    that name, the doors at it, and Python's.
    """
    if machine.on_path(machine.VALKEY) is None:
        note_lack(f"the tests of the Redis store on Valkey: {machine.VALKEY}")
        return Tally()
    cargo = ("cargo", "test", *lint.WORKSPACE, "--no-fail-fast", "--test")
    programs = (
        (*cargo, "*redis*"),
        (*cargo, "doors", "redis"),
        (VENV / "bin/python", "-m", "pytest", "tests/redis"),
    )
    extra = {"SURECACHE_REDIS_SERVER": machine.VALKEY}
    return sum((count(*words, log=log, extra=extra) for words in programs), Tally())


def _examples(log: Path) -> Tally:
    return count(VENV / "bin/python", "-m", "pytest", "tests/docs", log=log)
