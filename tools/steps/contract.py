"""Django's own contract: fetches Django's tests, prepares the Djangos, runs all cells.

A cell is a Django, a store and a flavour (sync, async, sessions); each runs in a process of its
own, a few at a time, because most of their time is the tests' own waiting for expiry.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tools.steps import environment, extension, interpreters, machine
from tools.steps.command import Stop, answer, must
from tools.steps.command import environment as surroundings
from tools.steps.place import BUILD, LOGS, ROOT, VENV
from tools.steps.stages import Stage, note_lack, run_all
from tools.steps.tally import Tally, names_of_failed

AT_LEAST = 51
"""Cache tests that run against a backend in every supported Django, culling left out."""

STORES = ("memory", "embedded", "redis")
SERVERS = {"redis": "redis-server", "valkey": machine.VALKEY}
"""The program that a cell on a server starts for itself."""

CONTROLS = ("locmem", "files")
PEERS = {"diskcache": 48, "django-redis": 43, "django-valkey": 37}
"""How many of Django's cache tests pass on other caches, as they are pinned: the machinery must see
what fails there.
"""

FLAVOURS = ("sync", "async", "sessions")
AT_ONCE = 4
NEWEST_NEEDS = (3, 12)


@dataclass(frozen=True)
class Django:
    """An installed Django and the tests that belong to it."""

    version: str
    python: Path
    source: Path


@dataclass(frozen=True)
class Cell:
    """One run of Django's tests."""

    django: Django
    store: str
    flavour: str

    @property
    def name(self) -> str:
        """As it stands in the table and in the name of the log."""
        return f"django-{self.django.version}-{self.store}-{self.flavour}"


def contract() -> int:
    """The contract alone, with everything that it needs."""
    machine.require(machine.SERVER)
    extension.ready()
    return run_all([Stage("django contract", stage)])


def control() -> int:
    """The same machinery on Django's own caches: what fails here is the machinery's fault."""
    environment.ready()
    return run_all([Stage("django contract control", lambda _: _run(CONTROLS, None))])


def stage(log: Path) -> Tally:
    """The contract as a stage of a longer step; the extension is installed before it."""
    wheels = sorted(extension.WHEELS.glob("*.whl"))
    if not wheels:
        raise Stop("wanted a wheel of this tree, found: none")
    return _run(_stores(), wheels[0]) + _run_peers()


def _stores() -> tuple[str, ...]:
    if machine.on_path(machine.VALKEY) is not None:
        return (*STORES, "valkey")
    note_lack(f"the contract on Valkey: {machine.VALKEY}")
    return STORES


def _run(stores: tuple[str, ...], wheel: Path | None) -> Tally:
    cells = [
        Cell(django, store, flavour)
        for django in _djangos(wheel)
        for store in stores
        for flavour in FLAVOURS
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(_run_cell, cells), Tally())


def _run_peers() -> Tally:
    """Each peer counts as one: it passes as many tests as it is known to pass."""
    django = _django(VENV / "bin/python")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(partial(_run_peer, django), PEERS), Tally())


def _run_peer(django: Django, peer: str) -> Tally:
    found, log = _ran(Cell(django, peer, "sync"))
    if (found["run"], found["passed"]) == (AT_LEAST, PEERS[peer]):
        return Tally(passed=1)
    print(f"wanted {PEERS[peer]} of {AT_LEAST} tests to pass on {peer}, found: {found}", flush=True)
    print(log.read_text(errors="replace"), flush=True)
    return Tally(failed=1)


def _djangos(wheel: Path | None) -> list[Django]:
    """The oldest supported Django on this Python, the newest on the newest Python found."""
    djangos = [_django(VENV / "bin/python")]
    newest = interpreters.newest(NEWEST_NEEDS)
    if newest is None:
        wanted = ".".join(map(str, NEWEST_NEEDS))
        note_lack(f"the contract on the newest Django: Python {wanted} or newer")
        return djangos
    pins = (ROOT / "tools/requirements-newest.txt",)
    python = environment.make(BUILD / "venv-newest", newest, pins)
    if wheel is not None:
        extension.install(python, wheel)
    return [*djangos, _django(python)]


def _django(python: Path) -> Django:
    version = answer(python, "-c", "import django; print(django.__version__)")
    if version is None:
        raise Stop(f"wanted Django in the environment of: {python}")
    return Django(version, python, _source(python, version))


def _source(python: Path, version: str) -> Path:
    """The tests of Django's source distribution, fetched once."""
    folder = BUILD / "django" / version
    tests = folder / f"django-{version}" / "tests"
    if (folder / "whole").exists():
        return tests
    shutil.rmtree(folder, ignore_errors=True)
    must(
        python, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
        "--dest", folder, f"django=={version}",
    )  # fmt: skip
    wanted = (f"django-{version}/tests/cache/", f"django-{version}/tests/sessions_tests/")
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        members = [member for member in archive if member.name.startswith(wanted)]
        archive.extractall(folder, members)
    (folder / "whole").touch()
    return tests


def _run_cell(cell: Cell) -> Tally:
    found, log = _ran(cell)
    tally = Tally(found["passed"], found["run"] - found["passed"])
    wanted = AT_LEAST if cell.flavour != "sessions" else 1
    if tally.failed == 0 and (found["code"] != 0 or tally.passed < wanted):
        tally += Tally(failed=1)
    if tally.failed:
        told = log.read_text(errors="replace")
        print(told, flush=True)
        tally += Tally(names=tuple(f"{cell.name}: {name}" for name in names_of_failed(told)))
    return tally


def _ran(cell: Cell) -> tuple[dict[str, int], Path]:
    """What came out of a cell, its exit code among it, and where its output is."""
    log, result = LOGS / f"{cell.name}.log", LOGS / f"{cell.name}.json"
    result.unlink(missing_ok=True)
    server = SERVERS.get(cell.store)
    with log.open("wb") as file:
        code = subprocess.run(
            [
                str(cell.django.python), "-W", "error", "-m", "tests.contract",
                "--source", str(cell.django.source), "--store", "redis" if server else cell.store,
                "--flavour", cell.flavour, "--result", str(result),
            ],
            cwd=ROOT, env=surroundings({"SURECACHE_REDIS_SERVER": server} if server else None),
            stdin=subprocess.DEVNULL, stdout=file, stderr=file,
        ).returncode  # fmt: skip
    told = json.loads(result.read_text()) if result.exists() else {}
    found = {"code": code, "run": told.get("run", 0), "passed": told.get("passed", 0)}
    print(f"{cell.name:40} {found['run']:4} run, {found['passed']:4} passed", flush=True)
    return found, log
