"""The report says what the clients noted, and the table and the page show the report."""

from pathlib import Path

import pytest
from play.judge import Reading, Write
from play.page import make_page
from play.phases.cold import Cold
from play.phases.foreign import Foreign
from play.phases.latency import Latency
from play.phases.overlap import Overlapped
from play.phases.revoke import Revoked
from play.phases.update import Updated
from play.played import Played
from play.report import make_report
from play.server import Plan
from play.table import make_table
from play.underscoped import Refusal

HALVES = ("naive", "surecache")


def reading(started=1.0, permissions=(), version=1, answered=(1, 1), loaded=False):
    return Reading(
        started=started,
        ended=started + 0.01,
        asked=(1, 1),
        answered=answered,
        permissions=frozenset(permissions),
        version=version,
        loaded=loaded,
        service_ms=0.5,
        worker=7,
    )


def play_right(played, half):
    """Notes of a half that made no mistake: one load, every answer new enough."""
    writes = [Write(0.5, 2), Write(1.5, 3)]
    fresh = [reading(1.0, version=2), reading(2.0, version=3)]
    played.cold[half] = Cold(1, [reading(loaded=True), reading()])
    played.foreign[half] = Foreign(0, [reading()])
    played.revoked[half] = Revoked(0, 0.0, 0.5, [reading()])
    played.updated[half] = [Updated(0, fresh, writes)]
    played.overlapped[half] = [Overlapped(0, fresh, writes)]
    played.latency[half] = Latency([reading(loaded=True)], [reading()] * 9, loads=1)


def play_wrong(played, half):
    """Notes of a half that made each mistake."""
    play_right(played, half)
    stale = [reading(1.0, version=1), reading(2.0, version=2)]
    writes = [Write(0.5, 2), Write(1.5, 3)]
    played.cold[half] = Cold(2, [reading(loaded=True), reading(loaded=True)])
    played.foreign[half] = Foreign(1, [reading(answered=(2, 1))])
    played.revoked[half] = Revoked(1, 0.51, 0.5, [reading(permissions=["payouts"])])
    played.updated[half] = [Updated(2, stale, writes)]
    played.overlapped[half] = [Overlapped(1, stale[:1], writes), Overlapped(2, stale, writes)]


@pytest.fixture
def plan():
    return Plan(Path("unused"), HALVES)


@pytest.fixture
def played():
    played = Played(refusals=[Refusal("no scope", "ScopeError: wanted a scope")])
    play_wrong(played, "naive")
    play_right(played, "surecache")
    return played


def test_the_report_has_the_counts_of_each_half(played, plan):
    report = make_report(played, plan, seconds=9.96)
    failures = ("loads", "foreign", "stale_after_revoke", "stale_after_update", "stale_fill")
    assert [report["naive"][name] for name in failures] == [2, 1, 1, 2, 3]
    assert [report["surecache"][name] for name in failures] == [1, 0, 0, 0, 0]
    assert report["naive"]["requests"]["overlap"] == 3
    assert report["surecache"]["hit_rate"] == 0.9
    assert report["surecache"]["latency_ms"]["warm"]["service"]["p50"] == 0.5
    assert report["faults"] == []


def test_a_foreign_answer_counts_in_whatever_phase_it_came(played, plan):
    played.latency["surecache"].warm.append(reading(answered=(9, 1)))
    report = make_report(played, plan, seconds=1)
    assert report["surecache"]["foreign"] == 1
    assert len(report["faults"]) == 1


def test_an_accepted_under_scoped_region_is_a_fault(played, plan):
    played.refusals.append(Refusal("key: the team", ""))
    report = make_report(played, plan, seconds=1)
    assert report["faults"] == ["surecache accepted an under-scoped region: key: the team"]


def test_the_table_shows_naive_beside_surecache(played, plan):
    lines = make_table(make_report(played, plan, seconds=1)).splitlines()
    assert lines[0].split() == ["naive", "surecache"]
    assert lines[2].split()[-2:] == ["2", "1"]
    assert len({len(line) for line in lines}) == 1


def test_the_page_is_self_contained_and_shows_both_halves(played, plan):
    page = make_page(make_report(played, plan, seconds=1), played)
    assert page.count("<svg") == 6
    assert "http" not in page
    assert "ScopeError: wanted a scope" in page
    assert all(f'class="{half}"' in page for half in HALVES)


def test_one_half_alone_makes_a_report_table_and_page(played):
    plan = Plan(Path("unused"), ("naive",))
    alone = Played()
    play_wrong(alone, "naive")
    report = make_report(alone, plan, seconds=1)
    assert "surecache" not in report
    assert "naive" in make_table(report)
    assert make_page(report, alone).count("<svg") == 6
