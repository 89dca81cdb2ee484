"""Statistics and explanations as lines of text."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["explanation", "statistics"]

_HEAD = (
    "cache",
    "region",
    "reads",
    "hit rate",
    "hit p50",
    "hit p99",
    "loads",
    "load p50",
    "load p99",
)


def statistics(by_cache: Mapping[str, Mapping[str, Any]], late: Mapping[str, int]) -> str:
    """A table of all regions, and under it how reads ended. Quantiles are upper bounds.

    Args:
        by_cache: The numbers of regions, by alias.
        late: How often the store did not take what was to end answers, by alias.
    """
    rows = [
        (cache, region, *_row(numbers))
        for cache, regions in by_cache.items()
        for region, numbers in regions.items()
    ]
    lines = _table([_HEAD, *rows])
    for cache, regions in by_cache.items():
        for region, numbers in regions.items():
            lines += ["", f"{cache}, {region}"]
            for kind in ("outcomes", "refusals", "puts"):
                counts = ", ".join(f"{name} {count}" for name, count in numbers[kind].items())
                lines += [f"  {kind}: {counts}"] if counts else []
        if late[cache]:
            lines += ["", f"{cache}: ends of answers that the store took late: {late[cache]}"]
    return "\n".join(lines)


def explanation(found: Mapping[str, Any]) -> str:
    """One line for each thing that is known."""
    lines = []
    for name, value in found.items():
        if name == "tags":
            lines += [f"tag {tag}: {state}" for tag, state in value]
        elif name in ("created", "soft_expiry", "hard_expiry"):
            lines.append(f"{name}: {_moment(value)}")
        else:
            lines.append(f"{name}: {'-' if value is None else value}")
    return "\n".join(lines)


def _row(numbers: Mapping[str, Any]) -> Sequence[str]:
    rate, hits, loads = numbers["hit_rate"], numbers["hit_latency"], numbers["load_latency"]
    return (
        str(numbers["reads"]),
        "-" if rate is None else f"{rate:.1%}",
        *(_span(hits[name]) for name in ("p50", "p99")),
        str(loads["count"]),
        *(_span(loads[name]) for name in ("p50", "p99")),
    )


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"


def _moment(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.isoformat(timespec="milliseconds")


def _table(rows: Iterable[Sequence[str]]) -> list[str]:
    listed = list(rows)
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if index < 2 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in listed
    ]
