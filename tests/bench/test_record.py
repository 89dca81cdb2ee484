"""The report tells what was measured, and names each reason to fail."""

import json

from benches import tables
from benches.bars import Bar, Scene, judge
from benches.report import Report
from benches.rivals import LeftOut

SCENE = Scene("get", "pinned")
MEASURED = {SCENE: {"surecache": [10_000.0] * 7, "rival": [40_000.0] * 6 + [20_000.0]}}
MET = Bar(SCENE, over="rival", under="surecache", at_least=3)
MISSED = Bar(SCENE, over="rival", under="surecache", at_least=5)
UNKNOWN = Bar(SCENE, over="other", under="surecache", at_least=5)
TOO_OLD = LeftOut("other", "wanted Python 3.99 or newer", is_failure=False)
MISSING = LeftOut("third", "not installed: third", is_failure=True)


def report(*bars, left_out=()):
    return Report(MEASURED, [judge(bar, MEASURED) for bar in bars], left_out, {"third": "1.0"}, 0.5)


def test_a_bar_that_is_met_is_no_fault():
    assert report(MET).faults == []


def test_a_bar_that_is_missed_is_named():
    (fault,) = report(MET, MISSED).faults
    assert fault == "get, pinned: rival / surecache: wanted at least 5, found in 0 of 7 rounds"


def test_a_rival_that_could_not_be_installed_is_a_fault():
    assert report(left_out=[MISSING]).faults == ["third is left out, not installed: third"]


def test_a_rival_for_another_python_is_told_and_no_fault(tmp_path):
    told = report(UNKNOWN, left_out=[TOO_OLD])
    assert told.faults == []
    assert "not measured" in told.as_text()
    told.write(tmp_path)
    assert "Left out: other, wanted Python 3.99 or newer." in (tmp_path / "redis.md").read_text()


def test_the_table_has_medians_and_ratios_with_their_spread():
    lines = [line.split() for line in report(MET, MISSED).as_text().splitlines()]
    assert ["get", "pinned", "surecache", "10.0"] in lines
    assert ["get", "pinned", "rival", "40.0", "4.00", "2.00", "4.00"] in lines
    assert [line[-1] for line in lines[-2:]] == ["met", "MISSED"]


def test_json_has_every_round(tmp_path):
    report(MISSED).write(tmp_path)
    plain = json.loads((tmp_path / "redis.json").read_text())
    (scene,) = plain["scenes"]
    assert (scene["operation"], scene["setting"]) == SCENE
    assert scene["nanoseconds_a_call"] == MEASURED[SCENE]
    assert plain["bars"][0]["is_missed"]
    assert len(plain["faults"]) == 1


def test_numbers_stand_on_the_right_and_text_on_the_left():
    rows = [("name", "us"), ("a", "1.5"), ("long", "12.5"), ("none", "")]
    assert tables.aligned(rows).splitlines() == ["name    us", "a      1.5", "long  12.5", "none"]
    assert tables.markdown(rows).splitlines()[:3] == [
        "| name | us |",
        "| --- | ---: |",
        "| a | 1.5 |",
    ]
