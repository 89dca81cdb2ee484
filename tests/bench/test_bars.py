"""A bar is judged round by round, and what was not measured is not judged."""

import pytest

from benches.bars import Bar, judge, ratio
from benches.scenes import Scene

SCENE = Scene("get", "pinned")
LEAST = Bar(SCENE, over="rival", under="ours", at_least=3)
MOST = Bar(SCENE, over="rival", under="ours", at_most=3)
FAST, SLOW = 31.0, 29.0


def measured(rival):
    return {SCENE: {"ours": [10.0] * len(rival), "rival": rival}}


@pytest.mark.parametrize(
    ("cleared", "is_missed"), [(0, True), (4, True), (5, False), (6, False), (7, False)]
)
def test_five_of_seven_rounds_clear_a_bar(cleared, is_missed):
    verdict = judge(LEAST, measured([FAST] * cleared + [SLOW] * (7 - cleared)))
    assert (verdict.cleared, verdict.rounds, verdict.is_missed) == (cleared, 7, is_missed)


def test_more_rounds_are_judged_by_the_same_share():
    assert judge(LEAST, measured([FAST] * 9 + [SLOW] * 5)).is_missed
    assert not judge(LEAST, measured([FAST] * 10 + [SLOW] * 4)).is_missed


def test_a_bar_may_be_an_upper_bound():
    assert not judge(MOST, measured([SLOW] * 7)).is_missed
    assert judge(MOST, measured([FAST] * 7)).is_missed


def test_the_bound_itself_clears():
    assert judge(LEAST, measured([30.0] * 7)).cleared == 7
    assert judge(MOST, measured([30.0] * 7)).cleared == 7


def test_a_bar_without_one_of_its_two_is_not_judged():
    verdict = judge(LEAST, {SCENE: {"ours": [10.0] * 7}})
    assert verdict.ratio is None
    assert not verdict.is_missed


def test_a_bar_whose_scene_was_not_measured_is_not_judged():
    assert judge(LEAST, {}).ratio is None


def test_a_ratio_is_of_the_same_rounds():
    """All rounds but one were disturbed, each for both: the ratio tells nothing of that."""
    found = ratio([20.0, 200.0, 2000.0], [10.0, 100.0, 1000.0])
    assert (found.median, found.lowest, found.highest) == (2.0, 2.0, 2.0)


def test_a_ratio_tells_its_spread():
    found = ratio([10.0, 30.0, 20.0, 50.0], [10.0] * 4)
    assert (found.median, found.lowest, found.highest) == (2.5, 1.0, 5.0)


def test_a_bar_says_what_it_wants():
    assert str(LEAST) == "get, pinned, redis: rival / ours"
    assert (LEAST.wanted, MOST.wanted) == ("at least 3", "at most 3")
