"""(f) Percentiles of latency on a logarithmic axis: a dot at p50, ticks at p95 and p99."""

from typing import Any

from play.plots.svg import COLOURS, FAINT, Figure, logarithmic

WIDTH, LEFT, TOP, ROW = 860, 250, 20, 24
CASES = (("cold", "request"), ("cold", "service"), ("warm", "request"), ("warm", "service"))


def draw(halves: dict[str, dict[str, Any]]) -> str:
    """Request and service call, cold and warm, the halves in pairs."""
    rows = [
        (half, state, where, report["latency_ms"][state][where])
        for state, where in CASES
        for half, report in halves.items()
    ]
    values = [figures[name] for *_, figures in rows for name in ("p50", "p99")]
    low, high = decade(min(values)), decade(max(values)) * 10
    bottom = TOP + len(rows) * ROW + 6
    figure = Figure(WIDTH, bottom + 38, "latency percentiles")
    scale = logarithmic(low, high, LEFT, WIDTH - 30)
    marks = []
    while low <= high * 1.001:
        marks.append(low)
        low *= 10
    figure.axis(scale, marks, TOP - 8, bottom)
    figure.text(WIDTH - 20, bottom + 34, "milliseconds: p50, p95, p99", FAINT, "end")
    for number, (half, state, where, figures) in enumerate(rows):
        y = TOP + number * ROW + 6
        colour = COLOURS[half]
        words = "request" if where == "request" else "service call"
        figure.text(LEFT - 12, y + 4, f"{half}, {state} {words}", colour, "end")
        p50, p95, p99 = (scale(figures[name]) for name in ("p50", "p95", "p99"))
        figure.line((p50, y), (p99, y), colour, 2)
        figure.dot(p50, y, 5, colour)
        for x in (p95, p99):
            figure.line((x, y - 5), (x, y + 5), colour, 2)
    return figure.render()


def decade(value: float) -> float:
    """The power of ten at or below a value; values under a microsecond count as one."""
    power = 1e-3
    while power * 10 <= value:
        power *= 10
    return power
