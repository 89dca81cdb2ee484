"""What the times mean: ratios with their spread, and the bars that they must clear."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from benches.scenes import Measured, Scene

OF_ROUNDS = (5, 7)
"""A bar is met where so many of so many rounds clear it: a disturbed round decides nothing."""


@dataclass(frozen=True)
class Ratio:
    """The figure of one contender over that of another, of the same rounds."""

    median: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class Bar:
    """What a ratio must be in a scene."""

    scene: Scene
    over: str
    under: str
    at_least: float | None = None
    at_most: float | None = None

    def __str__(self) -> str:
        return f"{self.scene}: {self.over} / {self.under}"

    @property
    def wanted(self) -> str:
        """The bounds, for people."""
        bounds = (("at least", self.at_least), ("at most", self.at_most))
        return ", ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)

    def is_cleared_by(self, ratio: float) -> bool:
        """Whether one round clears it."""
        return not (
            (self.at_least is not None and ratio < self.at_least)
            or (self.at_most is not None and ratio > self.at_most)
        )


@dataclass(frozen=True)
class Verdict:
    """How a bar was cleared. Without a ratio one of its two was left out, and nothing is judged."""

    bar: Bar
    ratio: Ratio | None = None
    cleared: int = 0
    rounds: int = 0

    @property
    def is_missed(self) -> bool:
        """Whether it was measured, and too few rounds clear it."""
        needed, of = OF_ROUNDS
        return self.ratio is not None and self.cleared * of < self.rounds * needed


def judge(bar: Bar, measured: Measured) -> Verdict:
    """What the rounds of its scene say about a bar."""
    times = measured.get(bar.scene, {})
    if bar.over not in times or bar.under not in times:
        return Verdict(bar)
    each = _by_round(times[bar.over], times[bar.under])
    cleared = sum(map(bar.is_cleared_by, each))
    return Verdict(bar, _spread(each), cleared, len(each))


def ratio(over: list[float], under: list[float]) -> Ratio:
    """Of two contenders' times in the same rounds."""
    return _spread(_by_round(over, under))


def _by_round(over: list[float], under: list[float]) -> list[float]:
    return [one / other for one, other in zip(over, under, strict=True)]


def _spread(each: list[float]) -> Ratio:
    return Ratio(statistics.median(each), min(each), max(each))
