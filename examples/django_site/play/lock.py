"""Only one demo or site at a time in one folder: they would wipe each other's files."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from play.errors import DemoError


@contextlib.contextmanager
def sole_user(folder: Path) -> Iterator[None]:
    """Holds the folder until the end; the lock goes with the process.

    Raises:
        DemoError: another process holds it, or the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a")
    except OSError as error:
        raise DemoError(f"wanted a folder to write to ({error.strerror}): {folder}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DemoError(
                f"another demo or site is running in the folder: {folder}"
                "\nhint: end it, or take another folder with --folder"
            ) from error
        yield
