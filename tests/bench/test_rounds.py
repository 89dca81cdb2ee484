"""Contenders take turns, each once in a round, on the same keys."""

from benches.rounds import fitting, take_turns

NAMES = ("ours", "rival", "other")


def test_all_take_a_turn_in_each_round_in_an_order_drawn_anew():
    turns, played = {}, []
    for name in NAMES:
        turns[name] = lambda order, name=name: played.append(name) or float(len(played))
    times = take_turns(turns, dict.fromkeys(NAMES, 5), rounds=20, keys=9)
    rounds = [tuple(played[first : first + 3]) for first in range(0, 60, 3)]
    assert all(sorted(each) == sorted(NAMES) for each in rounds)
    assert len(set(rounds)) > 3
    assert [len(each) for each in times.values()] == [20, 20, 20]


def test_all_are_asked_for_the_same_keys_as_far_as_each_one_gets():
    asked = {name: [] for name in ("fast", "slow")}
    turns = {}
    for name in asked:
        turns[name] = lambda order, name=name: asked[name].append(order) or 1.0
    take_turns(turns, {"fast": 9, "slow": 3}, rounds=2, keys=9)
    assert [len(order) for order in asked["fast"]] == [9, 9]
    assert [order[:3] for order in asked["fast"]] == asked["slow"]
    assert asked["fast"][0] != asked["fast"][1]


def test_turns_are_made_to_last_alike():
    turns = {"fast": lambda order: 1_000.0, "slow": lambda order: 1e9}
    assert fitting(turns, seconds=0.1, least=50, keys=9) == {"fast": 100_000, "slow": 50}


def test_a_turn_is_measured_when_its_contender_is_warm():
    """The first calls make a connection; by them alone too few would be made."""
    turns = {"ours": lambda order: 1e6 if len(order) < 20 else 1e3}
    assert fitting(turns, seconds=0.1, least=10, keys=9) == {"ours": 100_000}


def test_keys_are_drawn_from_all_that_there_are():
    drawn = []
    take_turns({"ours": lambda order: drawn.extend(order) or 1.0}, {"ours": 200}, 1, keys=3)
    assert set(drawn) == {0, 1, 2}
