"""Measures, tells and judges: ``python -m benches``.

Exit code 1 if a bar is missed, if a rival that this Python could run is not installed, or if a call
fails.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benches import page, rivals, run
from benches.rivals import RIVALS
from benches.run import Choice
from benches.scale import FULL, SCALES
from benches.session import Roster

ROOT = Path(__file__).resolve().parents[1]
PUBLISHED = ROOT / "docs/reference/benchmarks"
SCRATCH = ROOT / "build/bench"


def main(words: list[str]) -> int:
    """Runs what the words of the command line ask for."""
    asked = _parser().parse_args(words)
    choice = Choice(tuple(asked.only), asked.quick)
    left_out = rivals.left_out()
    if asked.raw_get is None:
        left_out.append(run.no_raw_loop())
    for each in left_out:
        print(f"!!! LEFT OUT: {each.name}, {each.why}", file=sys.stderr, flush=True)
    names = tuple(name for name in RIVALS if name not in {each.name for each in left_out})
    scale = SCALES[asked.scale]
    record = run.run(Roster(scale, names, asked.raw_get), left_out, choice)
    is_published = choice.is_whole and scale is FULL and not record.stopped
    folder = asked.folder or (PUBLISHED if is_published else SCRATCH)
    page.write(record, folder)
    print(record.as_json() if asked.json else page.as_text(record))
    print(f"results: {folder / page.RESULTS} and the files beside it", file=sys.stderr)
    for fault in record.faults:
        print(f"FAILED: {fault}", file=sys.stderr)
    return 1 if record.faults else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benches", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only what the bars are about")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        choices=[part.name for part in run.PARTS],
        help="a part; may be given more than once",
    )
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--folder", type=Path, help="where the results are written")
    parser.add_argument("--raw-get", type=Path, help="the program of crates/surecache-bench")
    parser.add_argument(
        "--scale",
        choices=SCALES,
        default=FULL.name,
        help="tiny: shows that all of it works, its times mean nothing",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
