"""The demo: plays six failures of caches on a real site, naive cache-aside beside surecache.

Ends with 0 when surecache gave no wrong answer and the naive half failed as it must, with 1
when not, and with 2 when the demo could not be played.
"""

import argparse
import json
import secrets
import signal
import sys
import time
from pathlib import Path

from play.arguments import add_server_options, chosen_halves
from play.database import generate_once, lay_out
from play.errors import DemoError
from play.lock import sole_user
from play.page import make_page
from play.progress import Progress
from play.report import make_report
from play.require import require_packages
from play.run import play_all
from play.server import Plan
from play.store import require_store
from play.table import make_table

GOOD, BAD, NOT_PLAYED, INTERRUPTED = 0, 1, 2, 130


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo.py", description=__doc__.splitlines()[0])
    add_server_options(parser, port=0)
    parser.add_argument(
        "--json", action="store_true", help="print the report as JSON instead of the table"
    )
    parser.add_argument(
        "--store",
        default="",
        metavar="LOCATION",
        help="a server on which surecache keeps its entries, such as redis://127.0.0.1:6379/0"
        " or unix:///run/redis.sock (default: it needs none)",
    )
    return parser.parse_args()


def main() -> int:
    options = parse_arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return play(options)
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return NOT_PLAYED
    except KeyboardInterrupt:
        print("demo: interrupted; everything that it started has been stopped", file=sys.stderr)
        return INTERRUPTED


def play(options: argparse.Namespace) -> int:
    progress, started = Progress(), time.monotonic()
    halves = chosen_halves(options.only)
    require_packages(halves)
    folder = options.folder.resolve()
    run = folder / "run"
    plan = make_plan(options, halves, run)
    if plan.store and "surecache" in halves:
        require_store(plan)
    with sole_user(folder):
        base = generate_once(folder / "data", progress)
        lay_out(base, run)
        played = play_all(plan, progress)
        report = make_report(played, plan, time.monotonic() - started)
        write(folder / "report.json", json.dumps(report, indent=2) + "\n")
        write(folder / "report.html", make_page(report, played))
    print(json.dumps(report) if options.json else f"\n{make_table(report)}\n")
    return judge(report, folder)


def make_plan(options: argparse.Namespace, halves: tuple[str, ...], run: Path) -> Plan:
    """What to start; on a server under a prefix of its own, as earlier runs have left entries."""
    return Plan(
        run,
        halves,
        options.workers,
        options.threads,
        options.port,
        options.preload,
        options.store,
        f"example-{secrets.token_hex(8)}" if options.store else "",
    )


def judge(report: dict, folder: Path) -> int:
    """Says what the counts mean, and returns the exit code."""
    print(f"report: {folder / 'report.json'} and {folder / 'report.html'}", file=sys.stderr)
    for fault in report["faults"]:
        print(f"FAILED: {fault}", file=sys.stderr)
    if report["faults"]:
        return BAD
    if "surecache" in report["run"]["halves"]:
        print("surecache: one load, no wrong answer", file=sys.stderr)
    if "naive" in report["run"]["halves"]:
        print("naive: failed in all five ways, as it must", file=sys.stderr)
    return GOOD


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
