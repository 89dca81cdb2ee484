"""A small drawing surface: rectangles, lines, dots and text, and scales to place them."""

import math
from collections.abc import Callable, Sequence
from html import escape

NAIVE, SURECACHE = "#c2410c", "#0f766e"
COLOURS = {"naive": NAIVE, "surecache": SURECACHE}
WRONG, RIGHT, WAITED = "#dc2626", "#94a3b8", "#cbd5e1"
INK, FAINT, GRID = "#1f2937", "#6b7280", "#e5e7eb"
FONT_PX = 12

Scale = Callable[[float], float]


def linear(low: float, high: float, start: float, end: float) -> Scale:
    """Maps low..high to start..end; an empty span maps to the start."""
    span = (high - low) or 1
    return lambda value: start + (value - low) / span * (end - start)


def logarithmic(low: float, high: float, start: float, end: float) -> Scale:
    """Maps low..high, both above zero, to start..end by their logarithms."""
    scale = linear(math.log10(low), math.log10(high), start, end)
    return lambda value: scale(math.log10(max(value, low)))


def ticks(high: float, wanted: int = 6) -> list[float]:
    """Round values from 0 up to `high`, about as many as wanted."""
    rough = max(high, 1e-9) / wanted
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough)
    return [n * step for n in range(int(high / step) + 1)]


class Figure:
    """An SVG image under construction; coordinates are pixels from the upper left."""

    def __init__(self, width: float, height: float, label: str) -> None:
        self.width = width
        self.height = height
        self.label = label
        self._parts: list[str] = []

    def rect(
        self, x: float, y: float, width: float, height: float, fill: str, note: str = ""
    ) -> None:
        box = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.8):.1f}" height="{height:.1f}"'
        title = f"<title>{escape(note)}</title>" if note else ""
        self._parts.append(f'<rect {box} fill="{fill}">{title}</rect>')

    def line(
        self, start: tuple[float, float], end: tuple[float, float], colour: str, width: float = 1
    ) -> None:
        ends = f'x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
        self._parts.append(f'<line {ends} stroke="{colour}" stroke-width="{width}"/>')

    def dot(self, x: float, y: float, radius: float, fill: str) -> None:
        self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{fill}"/>')

    def text(
        self, x: float, y: float, words: str, colour: str = INK, anchor: str = "start"
    ) -> None:
        place = f'x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}"'
        self._parts.append(f"<text {place}>{escape(words)}</text>")

    def axis(self, scale: Scale, marks: Sequence[float], top: float, bottom: float) -> None:
        """Vertical grid lines with their values below."""
        for mark in marks:
            x = scale(mark)
            self.line((x, top), (x, bottom), GRID)
            self.text(x, bottom + 15, f"{mark:g}", FAINT, "middle")

    def render(self) -> str:
        head = (
            f'<svg viewBox="0 0 {self.width:.0f} {self.height:.0f}" role="img" '
            f'aria-label="{escape(self.label, quote=True)}" font-size="{FONT_PX}">'
        )
        return head + "".join(self._parts) + "</svg>"
