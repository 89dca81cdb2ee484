"""Lines that say what is going on, with the seconds since the start."""

import sys
import time


class Progress:
    """Writes to standard error, so that `--json` leaves standard output to the report."""

    def __init__(self) -> None:
        self.started = time.monotonic()

    def say(self, text: str) -> None:
        seconds = time.monotonic() - self.started
        print(f"[{seconds:5.1f} s] {text}", file=sys.stderr, flush=True)
