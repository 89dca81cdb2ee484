"""From figures to pixels, and the round figures that an axis names."""

from __future__ import annotations

import math
from collections.abc import Callable

Scale = Callable[[float], float]


def linear(low: float, high: float, start: float, end: float) -> Scale:
    """Maps low..high to start..end; an empty span maps to the start."""
    span = (high - low) or 1
    return lambda value: start + (value - low) / span * (end - start)


def logarithmic(low: float, high: float, start: float, end: float) -> Scale:
    """Maps low..high, both above zero, to start..end by their logarithms."""
    scale = linear(math.log10(low), math.log10(high), start, end)
    return lambda value: scale(math.log10(value))


def decades(low: float, high: float) -> list[float]:
    """Figures of a logarithmic axis, from at most low to at least high: powers of ten; where there
    would be few, 2 and 5 times them too.
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = (1,) if last - first > 3 else (1, 2, 5)
    marks = [step * 10.0**power for power in range(first, last + 1) for step in steps]
    below = max((mark for mark in marks if mark <= low * (1 + 1e-9)), default=marks[0])
    above = min((mark for mark in marks if mark >= high * (1 - 1e-9)), default=marks[-1])
    return [mark for mark in marks if below <= mark <= above]


def short(figure: float) -> str:
    """With a few digits, and k or M for thousands or millions."""
    for unit, letter in ((1e6, "M"), (1e3, "k")):
        if figure >= unit * 0.9995:
            return f"{_digits(figure / unit)}{letter}"
    return _digits(figure)


def _digits(figure: float) -> str:
    if figure >= 100:
        return f"{figure:.0f}"
    return f"{figure:.3g}" if figure < 10 else f"{figure:.1f}".removesuffix(".0")
