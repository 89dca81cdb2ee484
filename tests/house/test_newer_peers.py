"""The environment of peers that need a newer Python is left out where it cannot be had."""

import sys
from pathlib import Path

import pytest

from tools.steps import environment, interpreters, newer_peers
from tools.steps.command import Stop


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Where it is made; an earlier one is there."""
    monkeypatch.setattr(newer_peers, "FOLDER", tmp_path / "venv")
    newer_peers.FOLDER.mkdir()
    return newer_peers.FOLDER


def test_without_a_newer_python_there_is_none(folder, monkeypatch):
    monkeypatch.setattr(interpreters, "newest", lambda at_least: None)
    assert newer_peers.fetch() is False
    assert not folder.exists()


def test_what_cannot_be_had_leaves_nothing(folder, monkeypatch):
    def refused(*arguments):
        raise Stop("pip failed with exit code: 1")

    monkeypatch.setattr(interpreters, "newest", lambda at_least: Path(sys.executable))
    monkeypatch.setattr(environment, "make", refused)
    assert newer_peers.fetch() is False
    assert not folder.exists()
