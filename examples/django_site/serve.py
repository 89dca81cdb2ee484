"""Serves the example site to click through, under gunicorn, until Ctrl-C.

The database is generated in the first run and kept; `--fresh` starts over with empty caches.
"""

import argparse
import signal
import sys

from play.arguments import add_server_options, chosen_halves
from play.database import generate_once, is_laid_out, lay_out
from play.errors import DemoError
from play.lock import sole_user
from play.progress import Progress
from play.require import require_packages
from play.server import Plan, serving


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="serve.py", description=__doc__.splitlines()[0])
    add_server_options(parser, port=8000)
    parser.add_argument(
        "--fresh", action="store_true", help="start with the generated data and empty caches"
    )
    return parser.parse_args()


def main() -> int:
    options = parse_arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        serve(options)
    except DemoError as error:
        print(f"site: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("site: stopped", file=sys.stderr)
        return 0
    return 1


def serve(options: argparse.Namespace) -> None:
    """Blocks until Ctrl-C, or until the site ends by itself, which is an error."""
    progress, halves = Progress(), chosen_halves(options.only)
    require_packages(halves)
    folder = options.folder.resolve()
    with sole_user(folder):
        base = generate_once(folder / "data", progress)
        site_folder = folder / "site"
        if options.fresh or not is_laid_out(base, site_folder):
            lay_out(base, site_folder)
        plan = Plan(
            site_folder, halves, options.workers, options.threads, options.port, options.preload
        )
        with serving(plan) as site:
            progress.say(f"site: {site.address} (Ctrl-C ends it)")
            code = site.process.wait()
    raise DemoError(f"the site ended by itself with code: {code}")


if __name__ == "__main__":
    sys.exit(main())
