"""The kinds of charts: panels of bars, lines over a growing figure, ratios beside their bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from benches.plots.scales import Scale, decades, linear, logarithmic, short
from benches.plots.svg import Drawing

MARGIN = 20
TITLE_Y, SUBTITLE_Y, TOP = 28, 46, 64


class Stripe(NamedTuple):
    """A bar of a panel."""

    name: str
    figure: float
    colour: str


class Panel(NamedTuple):
    """Contenders in one scene."""

    title: str
    stripes: Sequence[Stripe]


class Series(NamedTuple):
    """A line: for each x the figure, and its lowest and highest."""

    name: str
    colour: str
    points: Sequence[tuple[float, float, float, float]]


class Mark(NamedTuple):
    """A ratio, its spread, and the bar that it is held against."""

    name: str
    found: float
    lowest: float
    highest: float
    bound: float
    wanted: str
    is_met: bool


def panels(title: str, subtitle: str, each: Sequence[Panel]) -> str:
    """Two beside each other, each to a scale of its own that begins at zero."""
    width, names, line, gap = 760, 112, 19, 44
    column = (width - 3 * MARGIN) / 2
    pairs = [each[first : first + 2] for first in range(0, len(each), 2)]
    heights = [gap + line * max(len(panel.stripes) for panel in pair) for pair in pairs]
    drawing = _begin(width, TOP + sum(heights) + MARGIN / 2, title, subtitle)
    y = float(TOP)
    for pair, height in zip(pairs, heights, strict=True):
        for number, panel in enumerate(pair):
            _panel(drawing, panel, (MARGIN + number * (column + MARGIN), y), column, names, line)
        y += height
    return drawing.render()


def _panel(
    drawing: Drawing,
    panel: Panel,
    corner: tuple[float, float],
    width: float,
    names: float,
    line: float,
) -> None:
    left, top = corner
    drawing.text(left, top + 14, panel.title, is_strong=True)
    room = 52
    high = max(stripe.figure for stripe in panel.stripes)
    scale = linear(0, high, 0, width - names - room)
    for row, stripe in enumerate(panel.stripes):
        y = top + 24 + row * line
        drawing.text(left + names - 6, y + 12, stripe.name, "faint", anchor="end")
        drawing.rect(left + names, y + 2, max(1, scale(stripe.figure)), line - 5, stripe.colour)
        drawing.text(left + names + scale(stripe.figure) + 5, y + 12, short(stripe.figure))
    drawing.line((left + names, top + 22), (left + names, y + line), "edge")


def lines(
    title: str, subtitle: str, *, x_label: str, y_label: str, series: Sequence[Series]
) -> str:
    """Over two logarithmic axes; the legend stands beside."""
    width, height, left, right, bottom = 760, 380, 76, 190, 56
    drawing = _begin(width, height, title, subtitle)
    points = [point for one in series for point in one.points]
    xs = sorted({max(x, LEAST_X) for x, *_ in points})
    marks = decades(min(low for *_, low, _ in points), max(high for *_, high in points))
    x_scale = logarithmic(xs[0], xs[-1], left, width - right)
    y_scale = logarithmic(marks[0], marks[-1], height - bottom, TOP)
    for mark in marks:
        drawing.line((left, y_scale(mark)), (width - right, y_scale(mark)), "grid")
        drawing.text(left - 8, y_scale(mark) + 4, short(mark), "faint", anchor="end")
    for x in xs:
        drawing.line((x_scale(x), TOP), (x_scale(x), height - bottom), "grid")
        name = "0" if x == LEAST_X else short(x)
        drawing.text(x_scale(x), height - bottom + 18, name, "faint", anchor="middle")
    middle = (left + width - right) / 2
    drawing.text(middle, height - 14, x_label, "faint", anchor="middle")
    y_middle = (TOP + height - bottom) / 2
    drawing.text(22, y_middle, y_label, "faint", anchor="middle", is_upright=True)
    for row, one in enumerate(series):
        _line(drawing, one, x_scale, y_scale)
        y = TOP + 12 + row * 22
        drawing.line((width - right + 22, y), (width - right + 46, y), one.colour, width=2)
        drawing.dot(width - right + 34, y, 3.5, one.colour)
        drawing.text(width - right + 54, y + 4, one.name)
    return drawing.render()


LEAST_X = 0.5
"""Where none stands on a logarithmic axis."""


def _line(drawing: Drawing, one: Series, x_scale: Scale, y_scale: Scale) -> None:
    placed = [(x_scale(max(x, LEAST_X)), *map(y_scale, figures)) for x, *figures in one.points]
    drawing.path([(x, y) for x, y, *_ in placed], one.colour)
    for x, y, low, high in placed:
        drawing.line((x, low), (x, high), one.colour)
        drawing.dot(x, y, 3.5, one.colour)


def ratios(title: str, subtitle: str, marks: Sequence[Mark]) -> str:
    """One below the other, over a logarithmic axis; the wanted and the found stand beside."""
    width, left, right, line = 1000, 480, 160, 26
    bottom = TOP + line * len(marks) + 6
    drawing = _begin(width, bottom + 60, title, subtitle)
    figures = [f for mark in marks for f in (mark.lowest, mark.highest, mark.bound)]
    ticks = decades(min(figures), max(figures))
    scale = logarithmic(ticks[0], ticks[-1], left, width - right)
    for tick in ticks:
        drawing.line((scale(tick), TOP), (scale(tick), bottom), "grid")
        drawing.text(scale(tick), bottom + 16, f"{tick:g}", "faint", anchor="middle")
    for row, mark in enumerate(marks):
        y = TOP + line * (row + 0.5)
        _mark(drawing, mark, y, scale, left, width - right)
    _key(drawing, left, bottom + 42)
    return drawing.render()


def _mark(drawing: Drawing, mark: Mark, y: float, scale: Scale, left: float, right: float) -> None:
    colour = "good" if mark.is_met else "bad"
    drawing.text(left - 12, y + 4, mark.name, anchor="end")
    bound = scale(mark.bound)
    drawing.line((bound, y - 9), (bound, y + 9), "ink", width=2.5)
    drawing.line((scale(mark.lowest), y), (scale(mark.highest), y), colour, width=3)
    drawing.dot(scale(mark.found), y, 5, colour)
    drawing.text(right + 12, y + 4, f"{mark.found:.3g}", colour, is_strong=True)
    drawing.text(right + 58, y + 4, mark.wanted, "faint")


def _key(drawing: Drawing, x: float, y: float) -> None:
    shown: list[tuple[str, Callable[[float], None]]] = [
        ("wanted", lambda at: drawing.line((at, y - 9), (at, y + 9), "ink", width=2.5)),
        ("found, with its spread, met", lambda at: _dumbbell(drawing, at, y, "good")),
        ("not met", lambda at: _dumbbell(drawing, at, y, "bad")),
    ]
    for words, draw in shown:
        draw(x + 8)
        drawing.text(x + 26, y + 4, words, "faint")
        x += 46 + 6.2 * len(words)


def _dumbbell(drawing: Drawing, x: float, y: float, colour: str) -> None:
    drawing.line((x - 10, y), (x + 10, y), colour, width=3)
    drawing.dot(x, y, 5, colour)


def _begin(width: float, height: float, title: str, subtitle: str) -> Drawing:
    drawing = Drawing(width, height, f"{title}: {subtitle}")
    drawing.text(MARGIN, TITLE_Y, title, is_strong=True)
    drawing.text(MARGIN, SUBTITLE_Y, subtitle, "faint")
    return drawing
