"""A server for surecache's entries: asked for by its location, and found to answer."""

import subprocess
import sys

from play.errors import DemoError
from play.server import CODE, Plan, environment

TIMEOUT_S = 60
ONE_PROCESS = "memory:"
HINT = "hint: make demo STORE=redis starts a server and stops it"


def require_store(plan: Plan) -> None:
    """Has surecache itself judge the location and ask the server.

    Raises:
        DemoError: it is no location, nobody answers there, or workers could not share it.
    """
    if plan.store.startswith(ONE_PROCESS):
        raise DemoError(f"wanted a store that several processes share, found: {plan.store}")
    process = subprocess.run(
        [sys.executable, "manage.py", "surecache", "stats"],
        cwd=CODE,
        env={**environment(plan), "SITE_HALVES": "surecache"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    if process.returncode != 0:
        raise DemoError(f"the store cannot be used: {said(process.stderr)}\n{HINT}")


def said(text: str) -> str:
    """What a command of Django says at its end, from the line that names the error."""
    before, error, after = text.rpartition("CommandError: ")
    return (after if error else before + after).strip()[-600:]
