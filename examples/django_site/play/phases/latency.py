"""(f) Latency of a cold and of a warm dashboard, and the hit rate.

The halves take turns, so that whatever else the machine does meets both. The clients are
threads of one process: their own cost is in every figure of the request, none in those of the
service call, which the site measures.
"""

from dataclasses import dataclass, field

from play.cast import LATENCY_TEAMS, users_of
from play.crowd import Crowd
from play.judge import Reading
from play.server import Site

CLIENTS = 4
TURNS = 6
TURN_S = 0.5


@dataclass
class Latency:
    """`cold` requests found nothing cached; `warm` came after them. `loads` of all of them."""

    cold: list[Reading] = field(default_factory=list)
    warm: list[Reading] = field(default_factory=list)
    loads: int = 0

    @property
    def readings(self) -> list[Reading]:
        return self.cold + self.warm


def play(site: Site, halves: tuple[str, ...]) -> dict[str, Latency]:
    """Plays all halves in turns."""
    results = {half: Latency() for half in halves}
    before = {half: loads_of(site, half) for half in halves}
    for half in halves:
        results[half].cold = read_cold(site, half)
    for _ in range(TURNS):
        for half in halves:
            results[half].warm += read_warm(site, half)
    for half, result in results.items():
        result.loads = loads_of(site, half) - before[half]
    return results


def read_cold(site: Site, half: str) -> list[Reading]:
    with Crowd(site, half, 1) as crowd:
        return [crowd.clients[0].read_dashboard(users_of(t)[0], t) for t in LATENCY_TEAMS]


def read_warm(site: Site, half: str) -> list[Reading]:
    def read(client, place) -> list[Reading]:
        teams = (*LATENCY_TEAMS[place:], *LATENCY_TEAMS[:place])
        return [client.read_dashboard(users_of(team)[0], team) for team in teams]

    with Crowd(site, half, CLIENTS) as crowd:
        readers = crowd.repeat(read)
        site.stopping.wait(TURN_S)
        return [reading for tour in readers.collect() for reading in tour]


def loads_of(site: Site, half: str) -> int:
    return sum(site.count_loads(half, "dashboard", team) for team in LATENCY_TEAMS)
