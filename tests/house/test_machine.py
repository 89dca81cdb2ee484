"""What a machine must have: installed for root, told to everybody else."""

import os

import pytest

from tools.steps import machine
from tools.steps.command import Stop

MISSING = machine.Need("a flux compiler", ("fluxc", "libflux-dev"), lambda: False)
THERE = machine.Need("a shell", ("bash",), lambda: True)


@pytest.fixture
def installs(monkeypatch):
    done = []
    monkeypatch.setattr(machine, "must", lambda *words, extra: done.append(words))
    monkeypatch.setattr(machine.shutil, "which", lambda name, path=None: f"/usr/bin/{name}")
    return done


def test_without_root_the_line_is_told_and_the_exit_code_is_2(monkeypatch, installs):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Stop, match="hint: apt-get install -y fluxc libflux-dev") as stopped:
        machine.require(THERE, MISSING)
    assert stopped.value.exit_code == 2
    assert installs == []


def test_root_gets_the_packages_of_all_needs_at_once(monkeypatch, installs):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    answers = iter([False, True])
    need = machine.Need("a flux compiler", MISSING.packages, lambda: next(answers))
    machine.require(THERE, need)
    assert installs == [
        ("apt-get", "update", "-q"),
        ("apt-get", "install", "-y", "fluxc", "libflux-dev", "-q"),
    ]


def test_a_service_is_installed_without_what_would_start_it(monkeypatch, installs):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    answers = iter([False, True])
    machine.require(machine.Need("fluxd", ("fluxd",), lambda: next(answers), services=("fluxd",)))
    line = " ".join(installs[1])
    assert line.startswith("apt-get install -y fluxd -q -o DPkg::Options::=--path-exclude=")
    for folder in ("/lib/systemd/system", "/usr/lib/systemd/system", "/etc/init.d"):
        assert f"--path-exclude={folder}/fluxd*" in line


def test_what_is_there_is_not_installed(installs):
    machine.require(THERE)
    assert installs == []


def test_without_apt_the_need_is_told(monkeypatch):
    monkeypatch.setattr(machine.shutil, "which", lambda name, path=None: None)
    with pytest.raises(Stop, match="not found: a flux compiler") as stopped:
        machine.require(MISSING)
    assert stopped.value.exit_code == 2
