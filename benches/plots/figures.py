"""The plots of a record, each with the name of its file; those whose scenes were not measured are
left out.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from benches.bars import Verdict
from benches.plots import charts
from benches.plots.charts import Mark, Panel, Series, Stripe
from benches.plots.svg import SERIES
from benches.record import Record
from benches.rivals import OURS, RIVALS
from benches.scenes import (
    AGET,
    CONNECTIONS,
    EMBEDDED,
    GET,
    INVALIDATE,
    REDIS,
    REGION_HIT,
    REQUEST,
    STORES,
    Scene,
    entries_of,
)
from benches.settings import PINNED, THREAD
from benches.values import BYTES

CACHES = (OURS, *RIVALS)
SECOND = 1e9
FASTER = "calls a second, values of 1 KiB; longer is better"
SPREAD = "microseconds a call; lower is better; lines up and down: lowest and highest round"
PLACES = {REDIS: "on a server", EMBEDDED: "in processes of one machine"}


def all_figures(record: Record) -> dict[str, str]:
    """SVG by the name of the file."""
    drawn = {
        "bars.svg": _bars(record),
        **{f"{store}.svg": _operations(record, store) for store in STORES},
        **{f"{store}-threads.svg": _settings(record, store) for store in STORES},
        **{f"{store}-aget.svg": _tasks(record, store) for store in STORES},
        "asgi.svg": _asgi(record),
        **{f"{store}-entries.svg": _entries(record, store) for store in STORES},
        **{f"{store}-bytes.svg": _bytes(record, store) for store in STORES},
        "tags.svg": _tags(record),
        "invalidation.svg": _invalidation(record),
    }
    return {name: figure for name, figure in drawn.items() if figure}


def _bars(record: Record) -> str:
    marks = [mark for verdict in record.verdicts if (mark := _mark(verdict))]
    subtitle = "ratio of two times in the same round, medians; which ones, each line names"
    return charts.ratios("The bars", subtitle, marks) if marks else ""


def _mark(verdict: Verdict) -> Mark | None:
    bar, ratio = verdict.bar, verdict.ratio
    bound = bar.at_most if bar.at_least is None else bar.at_least
    if ratio is None or bound is None:
        return None
    sign = "\u2264" if bar.at_least is None else "\u2265"
    name = f"{bar.scene}: {bar.over} / {bar.under}"
    wanted, met = f"wanted {sign} {bound:g}", not verdict.is_missed
    return Mark(name, ratio.median, ratio.lowest, ratio.highest, bound, wanted, met)


def _operations(record: Record, store: str) -> str:
    """One thread, all operations."""
    setting = PINNED if store == REDIS else THREAD
    scenes = _plain(record, store, lambda scene: scene.setting == setting.name)
    title = f"Operations {PLACES[store]}, {setting.name}"
    return _panels(record, title, [(scene.operation, scene) for scene in scenes])


def _settings(record: Record, store: str) -> str:
    """One operation, in one and more threads and processes."""
    scenes = _plain(record, store, lambda scene: scene.operation == GET)
    title = f"get {PLACES[store]}, by threads and processes"
    return _panels(record, title, [(scene.setting, scene) for scene in scenes])


def _tasks(record: Record, store: str) -> str:
    scenes = _plain(record, store, lambda scene: scene.operation == AGET)
    title = f"aget {PLACES[store]}, by tasks at once"
    return _panels(record, title, [(scene.setting, scene) for scene in scenes])


def _plain(record: Record, store: str, fits: Callable[[Scene], bool]) -> list[Scene]:
    """Of values of 1 KiB, on no curve."""
    return [
        scene
        for scene in record.measured
        if scene.store == store
        and scene.value == BYTES.name
        and not scene.curve
        and scene.operation not in (REQUEST, CONNECTIONS)
        and fits(scene)
    ]


def _panels(record: Record, title: str, scenes: Sequence[tuple[str, Scene]]) -> str:
    each = [
        Panel(
            name,
            [
                Stripe(contender, SECOND / statistics.median(rounds), _colour(contender))
                for contender, rounds in record.measured[scene].items()
            ],
        )
        for name, scene in scenes
    ]
    return charts.panels(title, FASTER, each) if each else ""


def _asgi(record: Record) -> str:
    found = {scene.operation: scene for scene in record.measured if _is_asgi(scene)}
    each = []
    for operation, title in ((REQUEST, "requests a second"), (CONNECTIONS, CONNECTIONS)):
        if operation not in found:
            continue
        medians = {
            name: statistics.median(rounds)
            for name, rounds in record.measured[found[operation]].items()
        }
        is_rate = operation == REQUEST
        each.append(
            Panel(
                title,
                [
                    Stripe(name, SECOND / median if is_rate else median, _colour(name))
                    for name, median in medians.items()
                ],
            )
        )
    setting = next(iter(found.values())).setting if found else ""
    subtitle = f"{setting}, each of 6 cache calls; requests: longer, connections: shorter"
    return charts.panels("Requests of an ASGI site", f"{subtitle} is better", each) if each else ""


def _is_asgi(scene: Scene) -> bool:
    return scene.operation in (REQUEST, CONNECTIONS)


def _entries(record: Record, store: str) -> str:
    title = f"get {PLACES[store]}, by entries"
    return _curve(title, "entries of 100 B", _by_name(record, store, "entries"))


def _bytes(record: Record, store: str) -> str:
    title = f"get {PLACES[store]}, by size"
    return _curve(title, "bytes of a value", _by_name(record, store, "bytes"))


def _by_name(record: Record, store: str, curve: str) -> list[Series]:
    scenes = [
        scene
        for scene in record.measured
        if (scene.curve, scene.store, scene.operation) == (curve, store, GET)
    ]
    names = dict.fromkeys(name for scene in scenes for name in record.measured[scene])
    return [
        Series(
            name,
            _colour(name),
            [
                (scene.at, *_microseconds(record.measured[scene][name]))
                for scene in scenes
                if name in record.measured[scene]
            ],
        )
        for name in names
    ]


def _tags(record: Record) -> str:
    series = []
    for colour, store in zip((0, 4), STORES, strict=True):
        points = [
            (scene.at, *_microseconds(times[OURS]))
            for scene, times in record.measured.items()
            if (scene.curve, scene.store) == ("tags", store)
        ]
        if points:
            series.append(Series(store, f"c{colour}", points))
    return _curve(REGION_HIT.capitalize() + ", by tags", "tags of the answer", series)


def _invalidation(record: Record) -> str:
    series = []
    for colour, store in zip((0, 4), STORES, strict=True):
        for scene, times in record.measured.items():
            if (scene.operation, scene.store) == (INVALIDATE, store):
                points = [
                    (entries_of(name), *_microseconds(rounds)) for name, rounds in times.items()
                ]
                series.append(Series(store, f"c{colour}", points))
    title = "Invalidation of a tag, by the entries that depend on it"
    return _curve(title, "entries of the tag", series)


def _curve(title: str, x_label: str, series: list[Series]) -> str:
    if not series:
        return ""
    y_label = "microseconds"
    return charts.lines(title, SPREAD, x_label=x_label, y_label=y_label, series=series)


def _microseconds(rounds: Sequence[float]) -> tuple[float, float, float]:
    return statistics.median(rounds) / 1e3, min(rounds) / 1e3, max(rounds) / 1e3


def _colour(name: str) -> str:
    return f"c{CACHES.index(name) if name in CACHES else len(SERIES) - 1}"
