"""(d) A profile is updated again and again while others read it.

The writer notes the version that each update has returned with; an answer is stale when its
request started later and it still shows an earlier version.
"""

from dataclasses import dataclass

from play.cast import team_of, users_of
from play.crowd import Crowd
from play.judge import Reading, Write, count_stale
from play.server import Site

READERS = 8
UPDATES = 40
PAUSE_S = 0.02


@dataclass(frozen=True)
class Updated:
    """`stale` of `readings` were older than one of `writes` that had returned before."""

    stale: int
    readings: list[Reading]
    writes: list[Write]


def play(site: Site, half: str, round_number: int = 0) -> Updated:
    user_id = users_of(team_of("update", half))[round_number]
    writes: list[Write] = []
    with Crowd(site, half, READERS) as crowd, Crowd(site, half, 1) as alone:
        readers = crowd.repeat(lambda client, _: client.read_profile(user_id))
        for number in range(UPDATES):
            writes.append(alone.clients[0].update_profile(user_id, f"Analyst {number}"))
            site.stopping.wait(PAUSE_S)
        readings = sorted(readers.collect(), key=lambda reading: reading.started)
    return Updated(count_stale(readings, writes), readings, writes)
