"""Programs that a stage runs are shown, logged, and ended when they hang."""

import sys

from tools.steps import command


def test_both_streams_are_logged_and_the_exit_code_told(tmp_path):
    text = "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"
    assert command.run(sys.executable, "-c", text, log=tmp_path / "log") == 3
    assert (tmp_path / "log").read_text() == "out\nerr\n"


def test_a_program_that_hangs_is_ended_with_what_it_started(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(command, "LIMIT_S", 0.5)
    hangs = "import subprocess; subprocess.run(['sleep', '1000'])"
    assert command.run(sys.executable, "-c", hangs, log=tmp_path / "log") != 0
    assert "did not end within" in capfd.readouterr().out
