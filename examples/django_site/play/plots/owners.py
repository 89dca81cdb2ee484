"""(b) Every answer as a square, a row for each user: own or made for somebody else."""

from play.judge import is_foreign
from play.phases.foreign import ROUNDS, Foreign
from play.plots.svg import COLOURS, INK, RIGHT, WRONG, Figure

WIDTH, PANEL, SQUARE, GAP, LEFT, TOP = 860, 430, 22, 4, 74, 30


def draw(foreign: dict[str, Foreign]) -> str:
    """A panel for each half; a column is one round of requests, all started together."""
    rows = max(len({r.asked for r in result.readings}) for result in foreign.values())
    step = SQUARE + GAP
    figure = Figure(WIDTH, TOP + rows * step + 12, "whose answer each user got")
    for number, (half, result) in enumerate(foreign.items()):
        left = number * PANEL
        share = f"{half}: {result.foreign} of {len(result.readings)} for somebody else"
        figure.text(left, 16, share, COLOURS[half])
        for place, reading in enumerate(result.readings):
            column, row = divmod(place, rows)
            wrong = is_foreign(reading, {})
            note = f"user {reading.asked[0]} got the dashboard of user {reading.answered[0]}"
            x, y = left + LEFT + column * step, TOP + row * step
            if column == 0:
                figure.text(left, y + 15, f"user {reading.asked[0]}")
            figure.rect(x, y, SQUARE, SQUARE, WRONG if wrong else RIGHT, note)
            if wrong:
                figure.text(x + SQUARE / 2, y + 15, str(reading.answered[0]), "#fff", "middle")
        legend = left + LEFT + ROUNDS * step + 8
        figure.rect(legend, TOP, 12, 12, RIGHT)
        figure.text(legend + 18, TOP + 10, "own", INK)
        figure.rect(legend, TOP + 20, 12, 12, WRONG)
        figure.text(legend + 18, TOP + 30, "of the user named", INK)
    return figure.render()
