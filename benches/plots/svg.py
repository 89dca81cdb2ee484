"""A drawing surface: rectangles, lines, dots and text by classes, whose colours suit a light or a
dark background. It brings its own, so that it can be read wherever it is shown.
"""

from __future__ import annotations

from html import escape
from typing import Literal

Anchor = Literal["start", "middle", "end"]

FONT_PX = 12
SERIES = (
    ("#0f766e", "#2dd4bf"),
    ("#d55e00", "#fb923c"),
    ("#a16207", "#fde047"),
    ("#9333ea", "#c084fc"),
    ("#2563eb", "#60a5fa"),
    ("#db2777", "#f472b6"),
    ("#4d7c0f", "#a3e635"),
    ("#6b7280", "#9ca3af"),
)
"""Colours of contenders, on light and on dark; the last is for what is no cache."""

_NAMED = {
    "card": ("#ffffff", "#111827"),
    "edge": ("#d1d5db", "#374151"),
    "grid": ("#e5e7eb", "#273244"),
    "ink": ("#111827", "#f3f4f6"),
    "faint": ("#4b5563", "#b6bdc9"),
    "good": ("#0f766e", "#2dd4bf"),
    "bad": ("#b91c1c", "#f87171"),
    **{f"c{number}": pair for number, pair in enumerate(SERIES)},
}


class Drawing:
    """An SVG image under construction; coordinates are pixels from the upper left."""

    def __init__(self, width: float, height: float, label: str) -> None:
        self._width = width
        self._height = height
        self._label = label
        self._parts: list[str] = []
        self.rect(0.5, 0.5, width - 1, height - 1, "card", edge=True)

    def rect(
        self, x: float, y: float, width: float, height: float, colour: str, *, edge: bool = False
    ) -> None:
        """Filled; with an edge where it is the background."""
        box = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="2"'
        around = " s-edge" if edge else ""
        self._parts.append(f'<rect {box} class="f-{colour}{around}"/>')

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        colour: str,
        *,
        width: float = 1,
    ) -> None:
        """Straight."""
        ends = f'x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
        self._parts.append(f'<line {ends} class="s-{colour}" stroke-width="{width:g}"/>')

    def path(self, points: list[tuple[float, float]], colour: str, *, width: float = 2) -> None:
        """From point to point."""
        steps = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._parts.append(
            f'<polyline points="{steps}" class="s-{colour}" stroke-width="{width:g}" fill="none"/>'
        )

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        """Filled."""
        self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" class="f-{colour}"/>')

    def text(
        self,
        x: float,
        y: float,
        words: str,
        colour: str = "ink",
        *,
        anchor: Anchor = "start",
        is_strong: bool = False,
        is_upright: bool = False,
    ) -> None:
        """On a base line; upright text runs from the bottom to the top."""
        place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
        weight = ' font-weight="600"' if is_strong else ""
        turned = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if is_upright else ""
        words = escape(words, quote=False)
        self._parts.append(f'<text {place}{weight}{turned} class="f-{colour}">{words}</text>')

    def render(self) -> str:
        """The image as a file."""
        size = f"{self._width:.0f} {self._height:.0f}"
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}"'
            f' width="{self._width:.0f}" height="{self._height:.0f}" role="img"'
            f' aria-label="{escape(self._label)}" font-size="{FONT_PX}"'
            ' font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif">'
        )
        dark = _style(1)
        style = f"<style>{_style(0)}@media (prefers-color-scheme: dark){{{dark}}}</style>"
        return "\n".join([head, style, *self._parts, "</svg>\n"])


def _style(background: int) -> str:
    return "".join(
        f".f-{name}{{fill:{pair[background]}}}.s-{name}{{stroke:{pair[background]}}}"
        for name, pair in _NAMED.items()
    )
