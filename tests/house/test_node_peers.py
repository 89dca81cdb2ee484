"""The program with a cache of JavaScript programs is left out where it cannot be had."""

from pathlib import Path

import pytest

from tools.steps import node_peers


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Where it is put; an earlier one is there."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "package.json").write_text("{}")
    monkeypatch.setattr(node_peers, "SOURCE", source)
    monkeypatch.setattr(node_peers, "FOLDER", tmp_path / "node-peers")
    monkeypatch.setattr(node_peers, "on_path", lambda name: name)
    node_peers.FOLDER.mkdir()
    return node_peers.FOLDER


def test_without_node_there_is_none(folder, monkeypatch):
    monkeypatch.setattr(node_peers, "on_path", lambda name: None)
    assert node_peers.fetch() is False
    assert not folder.exists()


def test_what_cannot_be_had_leaves_nothing(folder, monkeypatch):
    monkeypatch.setattr(node_peers, "run", lambda *words, log: 1)
    assert node_peers.fetch() is False
    assert not folder.exists()


def test_what_is_there_is_kept_while_its_source_stands(folder, monkeypatch):
    calls = []
    monkeypatch.setattr(node_peers, "run", lambda *words, log: calls.append(words))
    assert [node_peers.fetch() for _ in range(2)] == [True, True]
    assert len(calls) == 1
    (node_peers.SOURCE / "package.json").write_text("{ }")
    assert node_peers.fetch() is True
    assert len(calls) == 2
