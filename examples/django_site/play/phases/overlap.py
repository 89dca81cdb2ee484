"""(e) A role is changed while a slow load of the dashboard is running.

The running load has read the old role; if it is stored when it ends, later reads are answered
with it. Each round: make the key cold, start a load, change the role in mid-load, then read.
In joining rounds readers also start between the change and the end of the old load.
"""

import time
from dataclasses import dataclass

from play.cast import team_of, users_of
from play.crowd import Crowd
from play.errors import DemoError
from play.judge import Reading, Write, count_stale
from play.server import Site

ROUNDS = (False, False, False, True, True)
READERS = 5
LOAD_STARTS_WITHIN_S = 20
POLL_S = 0.001


@dataclass(frozen=True)
class Overlapped:
    """`stale` of `readings` were older than one of `writes` that had returned before."""

    stale: int
    readings: list[Reading]
    writes: list[Write]


def play(site: Site, half: str) -> Overlapped:
    team_id = team_of("overlap", half)
    user_id = users_of(team_id)[0]
    readings: list[Reading] = []
    writes: list[Write] = []
    with Crowd(site, half, 2) as pair, Crowd(site, half, READERS) as crowd:
        writer = pair.clients[1]

        def read(client, _=0) -> Reading:
            return client.read_dashboard(user_id, team_id)

        for number, joining in enumerate(ROUNDS):
            writes.append(writer.change_role(user_id, team_id, f"before {number}"))
            loads = site.count_loads(half, "dashboard", team_id)
            running = pair.start(read)
            wait_for_load(site, half, team_id, loads)
            writes.append(writer.change_role(user_id, team_id, f"after {number}"))
            if joining:
                readings += crowd.at_once(read)
            readings.append(running.result())
            readings += crowd.at_once(read)
    return Overlapped(count_stale(readings, writes), readings, writes)


def wait_for_load(site: Site, half: str, team_id: int, loads: int) -> None:
    """Until a loader of the key has begun."""
    give_up = time.monotonic() + LOAD_STARTS_WITHIN_S
    while site.count_loads(half, "dashboard", team_id) == loads:
        if time.monotonic() > give_up:
            raise DemoError(f"wanted a load of the changed dashboard, found none on: {half}")
        time.sleep(POLL_S)
