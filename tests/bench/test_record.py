"""The record tells what was measured, and names each reason to fail."""

import json

import pytest

from benches import page, record, tables
from benches.bars import Bar
from benches.record import Record
from benches.rivals import LeftOut
from benches.scenes import CONNECTIONS, Scene

SCENE = Scene("get", "pinned")
SIDES = Scene(CONNECTIONS, "300 at once")
MEASURED = {
    SCENE: {"surecache": [10_000.0] * 7, "rival": [40_000.0] * 6 + [20_000.0]},
    SIDES: {"surecache": [2.0] * 7, "rival": [300.0] * 7},
}
MET = Bar(SCENE, over="rival", under="surecache", at_least=3)
MISSED = Bar(SCENE, over="rival", under="surecache", at_least=5)
UNKNOWN = Bar(SCENE, over="other", under="surecache", at_least=5)
TOO_OLD = LeftOut("other", "wanted Python 3.99 or newer", is_failure=False)
MISSING = LeftOut("third", "not installed: third", is_failure=True)


def told(*bars, left_out=()):
    return Record("tiny", {"cores": 2}, {"third": "1.0"}, left_out, MEASURED, bars)


def test_a_bar_that_is_met_is_no_fault():
    assert told(MET).faults == []


def test_a_bar_that_is_missed_is_named():
    (fault,) = told(MET, MISSED).faults
    assert fault == (
        "get, pinned, redis: rival / surecache: wanted at least 5, found in 0 of 7 rounds"
    )


def test_a_rival_that_could_not_be_installed_is_a_fault():
    assert told(left_out=[MISSING]).faults == ["third is left out, not installed: third"]


def test_a_rival_for_another_python_is_told_and_no_fault():
    found = told(UNKNOWN, left_out=[TOO_OLD])
    assert found.faults == []
    assert "not measured" in page.as_text(found)
    assert "Left out: other, wanted Python 3.99 or newer." in page.made_of(found)[page.PAGE]


def test_a_run_that_was_stopped_is_a_fault_and_says_so():
    found = Record("tiny", {}, {}, [], MEASURED, [MET], "after 2 of 3 scenes: a miss")
    assert found.faults == ["stopped: after 2 of 3 scenes: a miss"]
    assert record.from_json(found.as_json()).faults == found.faults
    assert "after 2 of 3 scenes: a miss" in page.made_of(found)[page.PAGE]


def test_the_table_has_medians_and_ratios_with_their_spread():
    lines = [line.split() for line in page.as_text(told(MET, MISSED)).splitlines()]
    get = "get redis, pinned 1 KiB 10 us 40 us (x 4.00)"
    assert get.split() in lines
    assert f"{CONNECTIONS} redis, 300 at once 1 KiB 2 300 (x 150.00)".split() in lines
    assert lines[-2][-7:] == ["4.00", "2.00", "4.00", "6", "of", "7", "met"]
    assert lines[-1][-1] == "MISSED"


def test_json_has_every_round_and_comes_back_as_it_was():
    found = told(MISSED, left_out=[TOO_OLD])
    plain = json.loads(found.as_json())
    assert plain["scenes"][0]["rounds"] == MEASURED[SCENE]
    assert [each["unit"] for each in plain["scenes"]] == ["ns", "connections"]
    assert plain["bars"][0]["is_missed"]
    assert len(plain["faults"]) == 1
    again = record.from_json(found.as_json())
    assert again.as_json() == found.as_json()
    assert page.made_of(again) == page.made_of(found)


def test_a_record_of_another_format_is_refused():
    text = told().as_json().replace('"format": 1', '"format": 0')
    with pytest.raises(ValueError, match="wanted a record of format 1, found: 0"):
        record.from_json(text)


def test_plots_of_an_earlier_run_do_not_stay(tmp_path):
    (tmp_path / "old.svg").write_text("")
    page.write(told(MET), tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert "old.svg" not in names
    assert names == {page.RESULTS, *page.made_of(told(MET))}


def test_numbers_stand_on_the_right_and_text_on_the_left():
    rows = [("name", "us"), ("a", "1.5"), ("long", "12.5"), ("none", "")]
    assert tables.aligned(rows).splitlines() == ["name    us", "a      1.5", "long  12.5", "none"]
    assert tables.markdown(rows).splitlines()[:3] == [
        "| name | us |",
        "| --- | ---: |",
        "| a | 1.5 |",
    ]
