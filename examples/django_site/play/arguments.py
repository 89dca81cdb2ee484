"""The command line of the demo and of `make site`."""

import argparse
from collections.abc import Callable
from pathlib import Path

BUILD = Path(__file__).resolve().parents[3] / "build" / "demo"
HALVES = ("naive", "surecache")


def number(lowest: int, highest: int) -> Callable[[str], int]:
    """A parser of whole numbers within inclusive bounds."""

    def parse(text: str) -> int:
        if not text.isdecimal() or not lowest <= int(text) <= highest:
            raise argparse.ArgumentTypeError(
                f"wanted a whole number from {lowest} to {highest}, found: {text}"
            )
        return int(text)

    return parse


def add_server_options(parser: argparse.ArgumentParser, port: int) -> None:
    parser.add_argument(
        "--workers", type=number(1, 32), default=3, help="worker processes (default: %(default)s)"
    )
    parser.add_argument(
        "--threads", type=number(1, 64), default=16, help="threads a worker (default: %(default)s)"
    )
    parser.add_argument(
        "--port",
        type=number(0, 65535),
        default=port,
        help="port on 127.0.0.1, 0 for a free one (default: %(default)s)",
    )
    parser.add_argument(
        "--preload", action="store_true", help="load the site before the workers are forked"
    )
    parser.add_argument("--only", choices=HALVES, help="one half of the site alone")
    parser.add_argument(
        "--folder", type=Path, default=BUILD, help="where to write (default: build/demo)"
    )


def chosen_halves(only: str | None) -> tuple[str, ...]:
    return (only,) if only else HALVES
