"""The table at the end: naive beside surecache."""

from collections.abc import Callable
from typing import Any

Half = dict[str, Any]
Row = tuple[str, Callable[[Half], str]]


def of_requests(failure: str, phase: str) -> Callable[[Half], str]:
    return lambda half: f"{half[failure]} of {half['requests'][phase]}"


def percentiles(state: str, where: str) -> Callable[[Half], str]:
    def show(half: Half) -> str:
        figures = half["latency_ms"][state][where]
        return " / ".join(f"{figures[name]:.{digits(figures[name])}f}" for name in COLUMNS)

    return show


def digits(milliseconds: float) -> int:
    """Decimals that leave a figure readable."""
    return 0 if milliseconds >= 100 else 1 if milliseconds >= 10 else 2


COLUMNS = ("p50", "p95", "p99")
ROWS: tuple[Row, ...] = (
    ("(a) loads for 50 requests at once on a cold key", lambda half: str(half["loads"])),
    ("(b) answers made for somebody else", of_requests("foreign", "foreign")),
    ("(c) revoked permission still shown", of_requests("stale_after_revoke", "revoke")),
    ("    until after the revocation", lambda half: f"{half['window_s']:.1f} s"),
    ("(d) older than an update, under load", of_requests("stale_after_update", "update")),
    ("(e) older than an update in mid-load", of_requests("stale_fill", "overlap")),
    ("(f) cold request, p50 / p95 / p99 ms", percentiles("cold", "request")),
    ("    warm request", percentiles("warm", "request")),
    ("    warm service call inside the site", percentiles("warm", "service")),
    ("    hit rate", lambda half: f"{half['hit_rate']:.2%}"),
    ("requests judged", lambda half: f"{half['requests']['total']:,}"),
)


def make_table(report: dict[str, Any]) -> str:
    """The table as text, a column for each half that was played."""
    halves = report["run"]["halves"]
    cells = [["", *halves]]
    cells += [[title, *(show(report[half]) for half in halves)] for title, show in ROWS]
    widths = [max(len(row[n]) for row in cells) for n in range(len(halves) + 1)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in cells
    ]
    rule = "-" * max(map(len, lines))
    return "\n".join([lines[0], rule, *lines[1:]])
