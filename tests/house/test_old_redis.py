"""The redis-py of a scene is fetched once, and left out where it cannot be had."""

import sys
from pathlib import Path

import pytest

from tools.steps import old_redis


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Where it is put; what it is, is a file of requirements that needs no registry."""
    monkeypatch.setattr(old_redis, "FOLDER", tmp_path / "old-redis")
    monkeypatch.setattr(old_redis, "PINS", tmp_path / "pins.txt")
    return old_redis.FOLDER


def test_what_cannot_be_had_leaves_nothing(folder):
    old_redis.PINS.write_text("./nowhere\n")
    folder.mkdir()
    assert old_redis.fetch(Path(sys.executable)) is False
    assert not folder.exists()


def test_what_is_there_is_kept_while_its_pins_stand(folder, monkeypatch):
    old_redis.PINS.write_text("# nothing\n")
    calls = []
    monkeypatch.setattr(old_redis, "run", lambda *words, log: calls.append(words) or folder.mkdir())
    assert [old_redis.fetch(Path(sys.executable)) for _ in range(2)] == [True, True]
    assert len(calls) == 1
    old_redis.PINS.write_text("# nothing else\n")
    assert old_redis.fetch(Path(sys.executable)) is True
    assert len(calls) == 2
