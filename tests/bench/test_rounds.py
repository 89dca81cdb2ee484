"""Contenders take turns, each once in a round, on the same keys."""

from benches.rounds import fitting, take_turns

NAMES = ("ours", "rival", "other")


def test_all_take_a_turn_in_each_round_in_an_order_drawn_anew():
    turns, played = {}, []
    for name in NAMES:
        turns[name] = lambda order, name=name: played.append(name) or float(len(played))
    times = take_turns(turns, dict.fromkeys(NAMES, 5), rounds=20)
    rounds = [tuple(played[first : first + 3]) for first in range(0, 60, 3)]
    assert all(sorted(each) == sorted(NAMES) for each in rounds)
    assert len(set(rounds)) > 3
    assert [len(each) for each in times.values()] == [20, 20, 20]


def test_all_are_asked_for_the_same_keys_as_far_as_each_one_gets():
    asked = {name: [] for name in ("fast", "slow")}
    turns = {}
    for name in asked:
        turns[name] = lambda order, name=name: asked[name].append(order) or 1.0
    take_turns(turns, {"fast": 9, "slow": 3}, rounds=2)
    assert [len(order) for order in asked["fast"]] == [9, 9]
    assert [order[:3] for order in asked["fast"]] == asked["slow"]
    assert asked["fast"][0] != asked["fast"][1]


def test_turns_are_made_to_last_alike():
    turns = {"fast": lambda order: 1_000.0, "slow": lambda order: 1e9}
    assert fitting(turns, seconds=0.1, least=50) == {"fast": 100_000, "slow": 50}
