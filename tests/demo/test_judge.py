"""What counts as a wrong answer, decided from the clients' notes alone."""

import pytest
from play.judge import (
    Reading,
    Write,
    count_foreign,
    count_stale,
    find_faults,
    hit_rate,
    percentile,
    revoked_window_s,
    shows_revoked,
    summarize,
    versions_behind,
)

KIND = "payouts"


def reading(started=1.0, ended=2.0, asked=(1, 1), answered=None, permissions=(), version=1):
    return Reading(
        started=started,
        ended=ended,
        asked=asked,
        answered=answered or asked,
        permissions=frozenset(permissions),
        version=version,
        loaded=False,
        service_ms=0.1,
        worker=7,
    )


def half(**changed):
    right = {"loads": 1, "foreign": 0, "stale_after_revoke": 0, "stale_after_update": 0}
    return {**right, "stale_fill": 0, **changed}


FAILED = half(loads=48, foreign=3, stale_after_revoke=4, stale_after_update=5, stale_fill=6)


def test_an_answer_older_than_a_returned_write_is_stale():
    writes = [Write(returned=1.0, version=2)]
    assert count_stale([reading(started=1.5, version=1)], writes) == 1


def test_a_request_that_overlaps_the_write_may_be_older():
    writes = [Write(returned=1.0, version=2)]
    early = reading(started=0.9, ended=5.0, version=1)
    same_moment = reading(started=1.0, version=1)
    assert count_stale([early, same_moment], writes) == 0


def test_an_answer_newer_than_every_returned_write_is_right():
    writes = [Write(returned=1.0, version=2), Write(returned=9.0, version=3)]
    assert count_stale([reading(started=2.0, version=3)], writes) == 0


def test_versions_behind_counts_from_the_newest_returned_write():
    writes = [Write(3.0, 4), Write(1.0, 2), Write(2.0, 3), Write(9.0, 5)]
    assert versions_behind(reading(started=4.0, version=1), writes) == 3
    assert versions_behind(reading(started=0.5, version=1), writes) == 0


def test_a_revoked_kind_counts_only_in_requests_started_after():
    assert shows_revoked(reading(started=2.0, permissions=[KIND]), KIND, revoked_at=1.0)
    assert not shows_revoked(reading(started=0.5, permissions=[KIND]), KIND, revoked_at=1.0)
    assert not shows_revoked(reading(started=2.0, permissions=["visits"]), KIND, revoked_at=1.0)


def test_the_window_ends_with_the_last_answer_that_showed_the_kind():
    readings = [
        reading(started=0.0, ended=30.0, permissions=[KIND]),
        reading(started=2.0, ended=2.5, permissions=[KIND]),
        reading(started=14.0, ended=14.5, permissions=[KIND]),
        reading(started=20.0, ended=20.5),
    ]
    assert revoked_window_s(readings, KIND, revoked_at=1.0) == 13.5
    assert revoked_window_s(readings[3:], KIND, revoked_at=1.0) == 0


def test_another_users_or_teams_answer_is_foreign():
    readings = [
        reading(asked=(1, 1), answered=(1, 1)),
        reading(asked=(1, 1), answered=(2, 1)),
        reading(asked=(1, 1), answered=(1, 2)),
    ]
    assert count_foreign(readings) == 2


def test_rights_that_the_asker_lacks_make_an_answer_foreign():
    rights = {(1, 1): frozenset({"visits"})}
    assert count_foreign([reading(permissions=["visits"])], rights) == 0
    assert count_foreign([reading(permissions=["visits", KIND])], rights) == 1


@pytest.mark.parametrize(("percent", "value"), [(50, 2.0), (75, 3.0), (95, 4.0), (100, 4.0)])
def test_a_percentile_is_a_measured_value(percent, value):
    assert percentile([4.0, 1.0, 3.0, 2.0], percent) == value


@pytest.mark.parametrize("percent", [0, -1, 100.5])
def test_a_percentage_out_of_bounds_is_refused(percent):
    with pytest.raises(ValueError, match="found"):
        percentile([1.0], percent)


def test_no_samples_are_refused():
    with pytest.raises(ValueError, match="found none"):
        summarize([])


def test_the_hit_rate_counts_loads_against_requests():
    assert hit_rate(requests=100, loads=5) == 0.95
    assert hit_rate(requests=0, loads=0) == 0
    assert hit_rate(requests=2, loads=3) == 0


def test_a_right_run_has_no_faults():
    assert find_faults({"naive": FAILED, "surecache": half()}) == []


@pytest.mark.parametrize(
    ("failure", "found"),
    [
        ("loads", 2),
        ("loads", 0),
        ("foreign", 1),
        ("stale_after_revoke", 1),
        ("stale_after_update", 1),
        ("stale_fill", 1),
    ],
)
def test_one_wrong_answer_of_surecache_is_a_fault(failure, found):
    faults = find_faults({"naive": FAILED, "surecache": half(**{failure: found})})
    assert len(faults) == 1
    assert "surecache was wrong" in faults[0]
    assert faults[0].endswith(f": {found}")


@pytest.mark.parametrize(
    "failure", ["loads", "foreign", "stale_after_revoke", "stale_after_update", "stale_fill"]
)
def test_a_naive_half_that_does_not_fail_is_a_fault(failure):
    right = half()[failure]
    faults = find_faults({"naive": {**FAILED, failure: right}, "surecache": half()})
    assert faults == [
        f"the naive half failed to fail: wanted {failure} above {right}, found: {right}"
    ]


def test_a_half_that_was_not_played_is_not_judged():
    assert find_faults({"naive": FAILED}) == []
    assert find_faults({"surecache": half()}) == []
