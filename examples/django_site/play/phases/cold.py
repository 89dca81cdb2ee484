"""(a) Fifty requests at once on a cold key: how many of them load it?"""

from dataclasses import dataclass

from play.cast import team_of, users_of
from play.crowd import Crowd
from play.judge import Reading
from play.server import Site

REQUESTS = 50


@dataclass(frozen=True)
class Cold:
    """`loads` as the site's loaders counted them; `readings` one for each request."""

    loads: int
    readings: list[Reading]

    @property
    def slowest_s(self) -> float:
        return max(reading.latency_ms for reading in self.readings) / 1000

    @property
    def workers(self) -> int:
        return len({reading.worker for reading in self.readings})


def play(site: Site, half: str) -> Cold:
    team_id = team_of("cold", half)
    user_id = users_of(team_id)[0]
    with Crowd(site, half, REQUESTS) as crowd:
        readings = crowd.at_once(lambda client, _: client.read_dashboard(user_id, team_id))
    return Cold(site.count_loads(half, "dashboard", team_id), readings)
