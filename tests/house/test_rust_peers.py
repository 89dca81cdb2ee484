"""The program of Rust caches is left out where what it is made of cannot be had."""

from tools.steps import rust_peers


def test_what_cannot_be_had_leaves_no_program_of_earlier(tmp_path, monkeypatch):
    program = tmp_path / "program"
    program.touch()
    monkeypatch.setattr(rust_peers, "PROGRAM", program)
    monkeypatch.setattr(rust_peers, "MANIFEST", tmp_path / "Cargo.toml")
    assert rust_peers.build() is False
    assert not program.exists()
