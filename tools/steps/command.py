"""Runs programs: one way to call, to log and to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path

from tools.steps.place import BUILD, LACKS, ROOT, VENV

LIMIT_S = 1_500
"""A program of a stage that runs longer hangs: the slowest, a cold build, takes a third of it."""


class Stop(Exception):
    """The step cannot go on. The text is for the person at the terminal."""

    def __init__(self, text: str, *, exit_code: int = 1) -> None:
        super().__init__(text)
        self.exit_code = exit_code


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of every program that a step starts."""
    cargo_home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    path = [os.environ.get("PATH", os.defpath), str(cargo_home / "bin")]
    return {
        **os.environ,
        "PATH": os.pathsep.join(path),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PYO3_PYTHON": str(VENV / "bin/python"),
        "SURECACHE_MACHINE_LACKS": str(LACKS),
        **(extra or {}),
    }


def run(
    *arguments: str | Path,
    log: Path | None = None,
    extra: Mapping[str, str] | None = None,
) -> int:
    """Runs a program from the root of the tree, shows what it prints, returns its exit code.

    With ``log`` the output is written there too, both streams in the order they came.
    """
    words = [str(word) for word in arguments]
    print("+", " ".join(_shown(word) for word in words), flush=True)
    if log is None:
        return subprocess.run(
            words, cwd=ROOT, env=environment(extra), stdin=subprocess.DEVNULL
        ).returncode
    log.parent.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        words,
        cwd=ROOT,
        env=environment(extra),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    watch = threading.Timer(LIMIT_S, _end, (process, f"did not end within {LIMIT_S} s"))
    watch.start()
    try:
        with log.open("ab") as file, process.stdout or nullcontext(()) as lines:
            for line in lines:
                sys.stdout.buffer.write(line)
                sys.stdout.flush()
                file.write(line)
        return process.wait()
    finally:
        watch.cancel()
        _end(process, "was interrupted")


def _end(process: subprocess.Popen[bytes], why: str) -> None:
    """Ends a program that still runs, with all that it has started."""
    if process.poll() is None:
        print(f"{process.args!r} {why}", flush=True)
        os.killpg(process.pid, signal.SIGKILL)


def must(
    *arguments: str | Path, log: Path | None = None, extra: Mapping[str, str] | None = None
) -> None:
    """Like :func:`run`; a program that fails stops the step."""
    if code := run(*arguments, log=log, extra=extra):
        raise Stop(f"{Path(arguments[0]).name} failed with exit code: {code}")


def answer(*arguments: str | Path) -> str | None:
    """What a program prints, or None where it is missing or fails."""
    try:
        done = subprocess.run(
            [str(word) for word in arguments],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def become(arguments: Iterable[str | Path], extra: Mapping[str, str] | None = None) -> int:
    """Runs a program that owns the terminal: its input, its signals, its exit code."""
    process = subprocess.Popen([str(word) for word in arguments], cwd=ROOT, env=environment(extra))
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def _shown(word: str) -> str:
    for folder, name in ((BUILD, "build"), (ROOT, ".")):
        word = word.replace(str(folder), name)
    return word
