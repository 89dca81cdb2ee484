"""Measures surecache on a Redis server beside other caches on the same server.

Each operation is measured with client and server pinned to one core, where a call costs what both
do for it, and free to run where they like, where most of a single call is the wake-up of the other
core. Exit code 1 if a bar is missed, or if a rival that this Python could run is not installed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from contextlib import nullcontext

from benches import operations, rivals, site
from benches.bars import Bar, Measured, Scene, judge
from benches.operations import PLAIN_GET, REGION_HIT, TASKS, THREADS
from benches.pinning import pinned
from benches.report import FOLDER, Report
from benches.rivals import OURS, RIVALS
from benches.rounds import fitting, take_turns
from tools.steps import server

ROUNDS = 7
TURN_S = 0.8
"""Threads that begin a turn need a part of it until the system has found places for them."""
LEAST_CALLS = 200
PINNED, FREE = "pinned", "free"
CROWD = Scene(f"aget, {TASKS} tasks", FREE)

BARS = (
    Bar(Scene("get", PINNED), over="django-redis", under=OURS, at_least=3),
    Bar(Scene(f"get, {THREADS} threads", FREE), over="django-redis", under=OURS, at_least=8),
    Bar(CROWD, over="django-redis", under=OURS, at_least=15),
    Bar(CROWD, over="django-vcache", under=OURS, at_least=1),
    Bar(Scene(REGION_HIT, PINNED), over=REGION_HIT, under=PLAIN_GET, at_most=1.4),
)
"""Threads and tasks are judged where the server has a core of its own, as it has in service."""


def main() -> int:
    """Measures, tells, and judges."""
    load_average = os.getloadavg()[0]
    left_out = rivals.left_out()
    for each in left_out:
        print(f"!!! LEFT OUT: {each.name}, {each.why}", flush=True)
    names = [name for name in RIVALS if name not in {each.name for each in left_out}]
    with server.serving() as started:
        site.configure(rivals.caches(started.location, names))
        measured = measure({OURS: "default", **{name: name for name in names}}, started.pid)
        versions = {**rivals.versions(), "Python": sys.version.split()[0], **started.version}
    verdicts = [judge(bar, measured) for bar in BARS]
    report = Report(measured, verdicts, left_out, versions, load_average)
    report.write()
    print(f"\n{report.as_text()}\nreport: {FOLDER / 'redis.md'} and {FOLDER / 'redis.json'}")
    for fault in report.faults:
        print(f"FAILED: {fault}", file=sys.stderr)
    return 1 if report.faults else 0


def measure(aliases: Mapping[str, str], server_pid: int) -> Measured:
    """All operations in both settings, by turns of about the same length."""
    measured = {}
    with operations.operations(aliases) as each:
        for setting in (PINNED, FREE):
            for name, turns in each:
                start = time.monotonic()
                place = pinned(os.getpid(), server_pid) if setting == PINNED else nullcontext()
                with place:
                    calls = fitting(turns, TURN_S, LEAST_CALLS)
                    measured[Scene(name, setting)] = take_turns(turns, calls, ROUNDS)
                seconds = time.monotonic() - start
                total = 2 * len(each)
                print(f"[{len(measured):2}/{total}] {name}, {setting}: {seconds:.1f} s", flush=True)
    return measured


if __name__ == "__main__":
    sys.exit(main())
