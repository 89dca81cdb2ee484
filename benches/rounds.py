"""Rounds in which contenders take turns, so that what disturbs the machine meets all of them."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Mapping

SEED = 7

Calls = Callable[[list[int]], None]
"""Makes a call for each number of a key."""

Turn = Callable[[list[int]], float]
"""Makes a call for each number of a key; returns nanoseconds a call."""

Times = dict[str, list[float]]
"""Nanoseconds a call of each contender, round by round."""


def clocked(calls: Calls) -> Turn:
    """Calls whose time is taken. What earlier turns left to be collected is collected before."""

    def turn(order: list[int]) -> float:
        gc.collect()
        start = time.perf_counter_ns()
        calls(order)
        return (time.perf_counter_ns() - start) / len(order)

    return turn


def take_turns(
    turns: Mapping[str, Turn], calls: Mapping[str, int], rounds: int, *, keys: int
) -> Times:
    """In each round all make their calls once, in an order drawn anew, on keys drawn anew."""
    times: Times = {name: [] for name in turns}
    dice = random.Random(SEED)
    for _ in range(rounds):
        order = [dice.randrange(keys) for _ in range(max(calls.values()))]
        for name in dice.sample(list(turns), len(turns)):
            times[name].append(turns[name](order[: calls[name]]))
    return times


def fitting(turns: Mapping[str, Turn], seconds: float, least: int, *, keys: int) -> dict[str, int]:
    """The calls with which each one's turn lasts about so long, at least so many; by turns that
    also warm it up.
    """
    return {name: _fitting(turn, seconds * 1e9, least, keys) for name, turn in turns.items()}


def _fitting(turn: Turn, nanoseconds: float, least: int, keys: int) -> int:
    """Few calls tell little: there is a connection to be made, and memory to be found."""
    calls = least
    while True:
        each = turn([number % keys for number in range(calls)])
        if calls * each >= nanoseconds / 4:
            return max(least, int(nanoseconds / each))
        calls *= 4
