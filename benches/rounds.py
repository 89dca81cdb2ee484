"""Rounds in which contenders take turns, so that what disturbs the machine meets all of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from benches.values import KEYS

SEED = 7

Turn = Callable[[list[int]], float]
"""Makes a call for each number of a key; returns nanoseconds a call."""

Times = dict[str, list[float]]
"""Nanoseconds a call of each contender, round by round."""


def take_turns(turns: Mapping[str, Turn], calls: Mapping[str, int], rounds: int) -> Times:
    """In each round all make their calls once, in an order drawn anew, on keys drawn anew."""
    times: Times = {name: [] for name in turns}
    dice = random.Random(SEED)
    for _ in range(rounds):
        order = [dice.randrange(KEYS) for _ in range(max(calls.values()))]
        for name in dice.sample(list(turns), len(turns)):
            times[name].append(turns[name](order[: calls[name]]))
    return times


def fitting(turns: Mapping[str, Turn], seconds: float, least: int) -> dict[str, int]:
    """The calls with which each one's turn lasts about so long, at least so many; by a turn that
    also warms it up.
    """
    order = [number % KEYS for number in range(least)]
    return {name: max(least, int(seconds * 1e9 / turn(order))) for name, turn in turns.items()}
