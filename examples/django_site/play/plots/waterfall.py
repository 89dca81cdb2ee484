"""(a) Each of the fifty requests as a bar, from the common start to its answer."""

from play.phases.cold import Cold
from play.plots.svg import COLOURS, FAINT, WAITED, Figure, linear, ticks

WIDTH, LEFT, TOP, ROW, GAP = 860, 10, 26, 4, 44


def draw(cold: dict[str, Cold]) -> str:
    """Both halves on one time axis; who ran the loader is dark."""
    panel = max(len(result.readings) for result in cold.values()) * ROW
    height = len(cold) * (panel + GAP) + 26
    figure = Figure(WIDTH, height, "fifty requests at once on a cold key")
    longest = max(result.slowest_s for result in cold.values())
    scale = linear(0, longest, LEFT, WIDTH - 20)
    bottom = height - 34
    figure.axis(scale, ticks(longest), TOP - 8, bottom)
    figure.text(WIDTH - 10, height - 4, "seconds since the start of the request", FAINT, "end")
    for number, (half, result) in enumerate(cold.items()):
        top = TOP + number * (panel + GAP)
        waited = len(result.readings) - sum(reading.loaded for reading in result.readings)
        words = f"{half}: {result.loads} loads (dark), {waited} answers without a load (light)"
        figure.text(LEFT, top - 2, words, COLOURS[half])
        for row, reading in enumerate(sorted(result.readings, key=lambda r: r.latency_ms)):
            seconds = reading.latency_ms / 1000
            colour = COLOURS[half] if reading.loaded else WAITED
            note = f"{seconds:.2f} s, worker {reading.worker}"
            figure.rect(LEFT, top + 6 + row * ROW, scale(seconds) - LEFT, ROW - 1, colour, note)
    return figure.render()
