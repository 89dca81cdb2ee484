"""(e) One round in detail: a slow load, the change in the middle of it, the reads after it."""

from play.judge import Reading, Write, versions_behind
from play.phases.overlap import Overlapped
from play.plots.svg import COLOURS, FAINT, INK, RIGHT, WRONG, Figure, linear, ticks

WIDTH, LEFT, TOP, ROW, GAP = 860, 10, 26, 12, 40


def draw(overlapped: dict[str, list[Overlapped]]) -> str:
    """Requests as bars from start to answer; the black line is the return of the change."""
    first = {half: first_round(rounds[-1]) for half, rounds in overlapped.items()}
    rows = max(len(readings) for readings, _ in first.values())
    panel = rows * ROW
    height = TOP + len(first) * (panel + GAP) + 20
    figure = Figure(WIDTH, height, "a change in the middle of a slow load")
    longest = max(r.ended - rs[0].started for rs, _ in first.values() for r in rs)
    scale = linear(0, longest, LEFT, WIDTH - 20)
    figure.axis(scale, ticks(longest), TOP - 6, height - 36)
    figure.text(WIDTH - 10, height - 4, "seconds since the start of the load", FAINT, "end")
    for number, (half, (readings, write)) in enumerate(first.items()):
        top = TOP + number * (panel + GAP)
        start = readings[0].started
        stale = sum(result.stale for result in overlapped[half])
        total = sum(len(result.readings) for result in overlapped[half])
        words = f"{half}: one round of {len(overlapped[half]) * 5}"
        figure.text(LEFT, top - 2, f"{words}; {stale} of {total} stale in all", COLOURS[half])
        for row, reading in enumerate(readings):
            x, y = scale(reading.started - start), top + 6 + row * ROW
            width = max(scale(reading.ended - start) - x, 2.5)
            stale = versions_behind(reading, [write]) > 0
            colour = WRONG if stale else COLOURS[half] if reading.loaded else RIGHT
            figure.rect(x, y, width, ROW - 3, colour, describe(reading, stale))
        x = scale(write.returned - start)
        figure.line((x, top + 2), (x, top + panel + 8), INK, 1.5)
        figure.text(x + 5, top + panel + 14, "the change has returned", INK)
    return figure.render()


def first_round(result: Overlapped) -> tuple[list[Reading], Write]:
    """The readings of the first round and the change in the middle of it, by start."""
    end = result.writes[2].returned if len(result.writes) > 2 else float("inf")
    readings = sorted((r for r in result.readings if r.started < end), key=lambda r: r.started)
    return readings, result.writes[1]


def describe(reading: Reading, stale: bool) -> str:
    what = "loaded" if reading.loaded else "not loaded by this request"
    return f"{reading.latency_ms:.0f} ms, {'stale' if stale else 'right'}, {what}"
