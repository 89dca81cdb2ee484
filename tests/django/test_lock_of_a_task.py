"""Whose a lock is that is taken in another task than the call was written in."""

import subprocess
import sys
from pathlib import Path

import pytest
import surecache

from tools.steps import interpreters

WAITS_HERE = (3, 12)
"""From here on `asyncio.wait_for` acquires in the caller's task; before, in one of its own."""

PROGRAM = Path(__file__).with_name("lock_of_a_task.py")


def python(*, waits_here):
    """The Python of the tests where it is of the kind, or the newest one that is."""
    found = {sys.version_info[:3]: sys.executable} | dict(interpreters.found())
    fitting = [version for version in found if (version[:2] >= WAITS_HERE) is waits_here]
    if sys.version_info[:3] in fitting:
        return sys.executable
    if not fitting:
        wanted = "3.12 or newer" if waits_here else "3.10 or 3.11"
        pytest.skip(f"machine lacks: a Python {wanted}, for whose tasks hold a lock")
    return found[max(fitting)]


@pytest.mark.parametrize("waits_here", [False, True])
def test_a_lock_belongs_to_the_task_that_wrote_the_call(waits_here):
    """Whichever task ran it. A stranger once released what `asyncio.wait_for` had acquired."""
    program = [python(waits_here=waits_here), "-B", PROGRAM]
    packages = str(Path(surecache.__file__).parents[1])
    ran = subprocess.run(
        program, env={"PYTHONPATH": packages}, capture_output=True, text=True, timeout=20
    )
    assert ran.stderr == ""
    assert ran.stdout.splitlines() == [
        "a stranger: not held",
        "the holder: released",
        "two holders: released released",
        "written here: True released",
        "written there: not held",
    ]
