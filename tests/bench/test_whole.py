"""All of the benchmark, from its command to its plots, at a scale that takes seconds."""

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benches import page, record, rivals, run, wanted
from benches.rivals import RAW, RIVALS
from benches.run import Choice
from benches.scale import FULL, TINY
from benches.scenes import EMBEDDED
from benches.session import Roster
from tools.steps.bench import options
from tools.steps.place import ROOT

LIMIT_S = 600
"""It takes a tenth of it on a machine that does nothing else."""
COMMITTED = ROOT / "docs/reference/benchmarks"


@pytest.fixture(scope="module")
def whole(raw_get, tmp_path_factory):
    """A folder with all that a run makes, and what it has printed."""
    folder = tmp_path_factory.mktemp("whole")
    done = bench("--scale", "tiny", "--raw-get", raw_get, "--folder", folder, "--json")
    return folder, done


def bench(*words):
    """The command. Whether its bars are met says nothing: its times mean nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "benches", *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert done.returncode in (0, 1), done.stderr
    return done


def roster():
    """What the command finds here."""
    missing = {each.name for each in rivals.left_out()}
    return Roster(TINY, tuple(name for name in RIVALS if name not in missing), Path("raw-get"))


@pytest.mark.timeout(LIMIT_S)
def test_the_record_has_every_scene_with_every_contender(whole):
    folder, _ = whole
    found = record.from_json((folder / page.RESULTS).read_text())
    planned = {}
    for _, plan in Choice().planned(roster()):
        planned.update(plan)
    assert {scene: tuple(times) for scene, times in found.measured.items()} == planned
    assert all(
        each > 0
        for times in found.measured.values()
        for rounds in times.values()
        for each in rounds
    )


@pytest.mark.timeout(LIMIT_S)
def test_every_bar_is_judged_whose_contenders_are_here(whole):
    folder, _ = whole
    found = record.from_json((folder / page.RESULTS).read_text())
    assert list(found.bars) == wanted.bars(TINY)
    missing = {each.name for each in rivals.left_out()}
    for verdict in found.verdicts:
        is_here = missing.isdisjoint({verdict.bar.over, verdict.bar.under})
        assert verdict.rounds == (TINY.judged.rounds if is_here else 0), verdict.bar


@pytest.mark.timeout(LIMIT_S)
def test_what_is_printed_is_what_is_written(whole):
    folder, done = whole
    assert json.loads(done.stdout) == json.loads((folder / page.RESULTS).read_text())
    assert done.returncode == bool(json.loads(done.stdout)["faults"])


@pytest.mark.timeout(LIMIT_S)
def test_the_machine_is_described_without_its_name_or_folders(whole):
    folder, _ = whole
    text = (folder / page.RESULTS).read_text()
    machine = json.loads(text)["machine"]
    assert {"cores", "kernel", "memory_gib", "processor", "python"} < set(machine)
    assert all(machine.values() for name in machine if name != "load_average")
    assert not re.search(r"/(tmp|root|home|usr|var)/", text)


@pytest.mark.timeout(LIMIT_S)
def test_page_and_plots_are_made_of_the_results(whole):
    """Of those that are committed, and of those of this run: nothing in them is by hand."""
    for folder in (whole[0], COMMITTED):
        results = folder / page.RESULTS
        if folder == COMMITTED and not results.exists():
            continue
        made = page.made_of(record.from_json(results.read_text()))
        assert {path.name for path in folder.glob("*.svg")} | {page.PAGE} == set(made)
        for name, text in made.items():
            assert (folder / name).read_text() == text, name


@pytest.mark.timeout(LIMIT_S)
def test_plots_are_whole_images_and_all_shown_on_the_page(whole):
    folder, _ = whole
    plots = sorted(path.name for path in folder.glob("*.svg"))
    shown = re.findall(r"!\[[^]]+\]\(([^)]+)\)", (folder / page.PAGE).read_text())
    assert sorted(shown) == plots
    assert len(plots) == 14
    for name in plots:
        image = ElementTree.fromstring((folder / name).read_text())
        width, height = float(image.attrib["width"]), float(image.attrib["height"])
        places = list(image.iter("{http://www.w3.org/2000/svg}text"))
        assert places
        for text in places:
            assert 0 <= float(text.attrib["x"]) <= width
            assert 0 <= float(text.attrib["y"]) <= height


@pytest.mark.timeout(LIMIT_S)
def test_a_call_that_fails_ends_the_run_and_what_was_measured_is_kept(tmp_path):
    """The floor is a program that answers nothing; the part before it has no floor."""
    parts = ("--only", "embedded", "--only", "redis", "--quick")
    done = bench("--scale", "tiny", *parts, "--raw-get", "/bin/false", "--folder", tmp_path)
    found = record.from_json((tmp_path / page.RESULTS).read_text())
    assert {scene.store for scene in found.measured} == {EMBEDDED}
    assert "raw-get: wanted a time, found its end" in found.stopped
    assert done.returncode == 1
    assert f"FAILED: stopped: {found.stopped}" in done.stderr


@pytest.mark.timeout(LIMIT_S)
def test_a_run_that_measured_nothing_is_told(tmp_path):
    parts = ("--only", "redis", "--quick")
    done = bench("--scale", "tiny", *parts, "--raw-get", "/bin/false", "--folder", tmp_path)
    assert done.returncode == 1
    assert "FAILED: stopped: after 0 of" in done.stderr
    assert page.PAGE in {path.name for path in tmp_path.iterdir()}


def test_quick_is_what_bars_are_about_and_nothing_else():
    judged = wanted.bars(TINY)
    planned = {}
    for _, plan in Choice(is_quick=True).planned(roster()):
        planned.update(plan)
    assert set(planned) == {bar.scene for bar in judged}
    for scene, names in planned.items():
        sides = {side for bar in judged if bar.scene == scene for side in (bar.over, bar.under)}
        assert set(names) == sides - {each.name for each in rivals.left_out()}


def test_every_bar_names_a_scene_and_contenders_that_are_planned():
    everybody = Roster(FULL, tuple(RIVALS), Path("raw-get"))
    planned = {}
    for _, plan in Choice().planned(everybody):
        planned.update(plan)
    for bar in wanted.bars(FULL):
        assert {bar.over, bar.under} <= set(planned[bar.scene]), bar


def test_without_its_program_the_floor_is_left_out_and_named():
    nobody = Roster(TINY, ())
    for _, plan in Choice().planned(nobody):
        assert all(RAW not in names for names in plan.values())
    assert run.no_raw_loop().is_failure


def test_the_variables_of_make_become_options():
    assert options({}) == []
    assert options({"QUICK": "0", "ONLY": ""}) == []
    assert options({"QUICK": "1", "JSON": "1", "ONLY": "tags asgi"}) == [
        "--quick", "--json", "--only", "tags", "--only", "asgi",
    ]  # fmt: skip


def test_an_unknown_part_is_refused_with_those_that_there_are():
    done = subprocess.run(
        [sys.executable, "-m", "benches", "--only", "nonesuch"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert all(part.name in done.stderr for part in run.PARTS)
