"""(b) Users of one team, each with other permissions, read the team's dashboard.

An answer is foreign when it was made for another user, or shows kinds the asker may not see.
"""

from dataclasses import dataclass

from play.cast import team_of, users_of
from play.crowd import Crowd
from play.judge import Reading, count_foreign
from play.server import Site

USERS = 8
ROUNDS = 6


@dataclass(frozen=True)
class Foreign:
    """`foreign` of `readings` were made for somebody else."""

    foreign: int
    readings: list[Reading]


def play(site: Site, half: str) -> Foreign:
    team_id = team_of("foreign", half)
    users = users_of(team_id)[:USERS]
    readings: list[Reading] = []
    with Crowd(site, half, USERS) as crowd:
        for _ in range(ROUNDS):
            readings += crowd.at_once(lambda c, place: c.read_dashboard(users[place], team_id))
    return Foreign(count_foreign(readings), readings)
