"""Has the site declare the naive dashboard's key with surecache, in a process of its own."""

import json
import subprocess
import sys
from dataclasses import dataclass

from play.cast import team_of, users_of
from play.errors import DemoError
from play.server import CODE, Plan, environment

TIMEOUT_S = 60


@dataclass(frozen=True)
class Refusal:
    """What was declared and what surecache said; `text` is empty if it said nothing."""

    declaration: str
    text: str


def try_underscoped(plan: Plan) -> list[Refusal]:
    """The refusals of all under-scoped declarations.

    Raises:
        DemoError: the command failed.
    """
    team_id = team_of("foreign", "surecache")
    user_id = users_of(team_id)[0]
    process = subprocess.run(
        [sys.executable, "manage.py", "try_underscoped", f"--user={user_id}", f"--team={team_id}"],
        cwd=CODE,
        env=environment(plan),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    if process.returncode != 0:
        raise DemoError(f"manage.py try_underscoped failed: {process.stderr.strip()[-600:]}")
    return [Refusal(row["declaration"], row["refusal"]) for row in json.loads(process.stdout)]
