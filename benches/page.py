"""What is told of a record: tables for the terminal, and a page of tables and plots.

``python -m benches.page FOLDER`` makes page and plots of `results.json` in it once more.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from benches import bars, record, tables
from benches.bars import Ratio
from benches.plots.figures import all_figures
from benches.record import Record
from benches.scenes import (
    CONNECTIONS,
    EMBEDDED,
    INVALIDATE,
    REDIS,
    REQUEST,
    STORES,
    Measured,
    Scene,
)

RESULTS, PAGE = "results.json", "results.md"


def write(told: Record, folder: Path) -> None:
    """The results, and what is made of them; plots of an earlier run do not stay."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    (folder / RESULTS).write_text(told.as_json())
    for name, text in made_of(told).items():
        (folder / name).write_text(text)


def made_of(told: Record) -> dict[str, str]:
    """The page and the plots, by the names of their files."""
    figures = all_figures(told)
    return {PAGE: _page(told, set(figures)), **figures}


def as_text(told: Record) -> str:
    """For a terminal."""
    parts = [table for _, _, table in _sections(told)]
    return "\n\n".join(map(tables.aligned, [*parts, _bars(told)])) + "\n"


def _page(told: Record, figures: set[str]) -> str:
    machine = [("what", "found"), *((name, str(value)) for name, value in told.machine.items())]
    versions = ", ".join(f"{name} {version}" for name, version in told.versions.items())
    parts = [
        "# What `make bench` has found",
        "Made by the command, with the plots, from `results.json`, which has every round. What the"
        " figures mean, and how they come about, is told [apart](README.md).",
        "## The machine",
        tables.markdown(machine),
        f"{versions}.",
        *[f"Left out: {each.name}, {each.why}." for each in told.left_out],
        *([f"The run was stopped {told.stopped}."] if told.stopped else []),
        "## The bars",
        *_shown("bars", figures),
        tables.markdown(_bars(told)),
    ]
    for title, prefixes, table in _sections(told):
        shown = [line for prefix in prefixes for line in _shown(prefix, figures)]
        parts += [f"## {title}", *shown, tables.markdown(table)]
    return "\n\n".join(parts) + "\n"


def _shown(prefix: str, figures: set[str]) -> list[str]:
    name = f"{prefix}.svg"
    return [f"![{prefix.replace('-', ', ')}]({name})"] if name in figures else []


Section = tuple[str, Sequence[str], list[tables.Row]]
"""Its title, its figures, its table."""


def _sections(told: Record) -> list[Section]:
    """Those of which something was measured."""
    of_sites = (REQUEST, CONNECTIONS)
    titles = {REDIS: "On a server", EMBEDDED: "In processes of one machine"}
    sections: list[Section] = []

    def add(title: str, figures: Sequence[str], scenes: list[Scene]) -> None:
        if scenes:
            measured = {scene: told.measured[scene] for scene in scenes}
            sections.append((title, figures, _times(measured)))

    for store in STORES:
        scenes = [
            scene
            for scene in told.measured
            if scene.store == store
            and not scene.curve
            and scene.operation not in (*of_sites, INVALIDATE)
        ]
        add(titles[store], [store, f"{store}-threads", f"{store}-aget"], scenes)
    sites = [scene for scene in told.measured if scene.operation in of_sites]
    add("Requests of an ASGI site", ["asgi"], sites)
    for curve, title in (("entries", "More entries"), ("bytes", "Larger values")):
        scenes = [scene for scene in told.measured if scene.curve == curve]
        add(title, [f"{store}-{curve}" for store in STORES], scenes)
    add("More tags", ["tags"], [scene for scene in told.measured if scene.curve == "tags"])
    ends = [scene for scene in told.measured if scene.operation == INVALIDATE]
    add("Invalidation of a tag", ["invalidation"], ends)
    return sections


def _times(measured: Measured) -> list[tables.Row]:
    """A scene a line, a contender a column: the time, and how many times the first one's it is."""
    names = list(dict.fromkeys(name for times in measured.values() for name in times))
    rows: list[tables.Row] = [("operation", "where", "value", *names)]
    for scene, times in measured.items():
        first = next(iter(times))
        where = f"{scene.store}, {scene.setting}"
        what = f"{scene.at} {scene.curve}" if scene.curve not in ("", "bytes") else scene.value
        cells = []
        for name in names:
            if name not in times:
                cells.append("")
                continue
            cell = _figure(scene, statistics.median(times[name]))
            if name != first:
                cell += f" (x {bars.ratio(times[name], times[first]).median:.2f})"
            cells.append(cell)
        rows.append((scene.operation, where, what, *cells))
    return rows


def _figure(scene: Scene, median: float) -> str:
    if scene.unit == "connections":
        return f"{median:.0f}"
    for unit, name in ((1e6, "ms"), (1e3, "us")):
        if median >= unit:
            figure = median / unit
            return f"{figure:.0f} {name}" if figure >= 100 else f"{figure:.3g} {name}"
    return f"{median:.0f} ns"


def _bars(told: Record) -> list[tables.Row]:
    rows: list[tables.Row] = [("bar", "wanted", "ratio", "lowest", "highest", "rounds", "")]
    for verdict in told.verdicts:
        rounds, met = "", "not measured"
        if verdict.ratio is not None:
            rounds = f"{verdict.cleared} of {verdict.rounds}"
            met = "MISSED" if verdict.is_missed else "met"
        ratio = _told(verdict.ratio)
        rows.append((str(verdict.bar), verdict.bar.wanted, *ratio, rounds, met))
    return rows


def _told(ratio: Ratio | None) -> tuple[str, ...]:
    if ratio is None:
        return ("", "", "")
    return tuple(f"{each:.2f}" for each in (ratio.median, ratio.lowest, ratio.highest))


def main(words: list[str]) -> int:
    """Makes page and plots of the results in a folder."""
    folder = Path(words[0])
    write(record.from_json((folder / RESULTS).read_text()), folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
