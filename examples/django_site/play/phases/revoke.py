"""(c) A permission is revoked while the dashboard is cached: who still sees what it covered?

Readers go on until the naive TTL and a little more have passed, so that the window is measured
to its end on both halves.
"""

from dataclasses import dataclass

from play.cast import REVOKED_KIND, team_of, users_of
from play.crowd import Crowd
from play.judge import Reading, revoked_window_s, shows_revoked
from play.server import Site

READERS = 4
PAUSE_S = 0.1
# The naive half's TTL, and time for the reads that find the entry expired.
WATCH_S = 16.0
LONGEST_WATCH_S = 25.0


@dataclass(frozen=True)
class Revoked:
    """`stale` answers showed the revoked kind; the last of them ended `window_s` after."""

    stale: int
    window_s: float
    revoked_at: float
    readings: list[Reading]


def play(site: Site, half: str) -> Revoked:
    team_id = team_of("revoke", half)
    user_id = users_of(team_id)[0]
    with Crowd(site, half, READERS) as crowd, Crowd(site, half, 1) as alone:
        client = alone.clients[0]
        readings = [client.read_dashboard(user_id, team_id)]
        readers = crowd.repeat(lambda reader, _: reader.read_dashboard(user_id, team_id), PAUSE_S)
        revoked_at = client.revoke(user_id, team_id, REVOKED_KIND)
        site.stopping.wait(WATCH_S)
        while REVOKED_KIND in (last := client.read_dashboard(user_id, team_id)).permissions:
            readings.append(last)
            if last.ended > revoked_at + LONGEST_WATCH_S or site.stopping.wait(PAUSE_S):
                break
        readings += readers.collect()
    stale = sum(shows_revoked(reading, REVOKED_KIND, revoked_at) for reading in readings)
    window_s = revoked_window_s(readings, REVOKED_KIND, revoked_at)
    return Revoked(stale, window_s, revoked_at, sorted(readings, key=lambda r: r.started))
