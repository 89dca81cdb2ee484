"""Which teams and users play in which phase: no phase finds another's keys warm.

The numbers follow from the generator: twelve users a team, the first of them with all
permissions, the others each with a different set.
"""

from collections.abc import Sequence

USERS_PER_TEAM = 12
REVOKED_KIND = "payouts"

_HALVES = ("naive", "surecache")
_PHASES = ("cold", "foreign", "revoke", "update", "overlap")
LATENCY_TEAMS = range(11, 21)


def team_of(phase: str, half: str) -> int:
    """The team that a phase plays with on one half."""
    return 1 + _PHASES.index(phase) * len(_HALVES) + _HALVES.index(half)


def users_of(team_id: int) -> Sequence[int]:
    """The users of a team, the one with all permissions first."""
    first = (team_id - 1) * USERS_PER_TEAM + 1
    return range(first, first + USERS_PER_TEAM)
