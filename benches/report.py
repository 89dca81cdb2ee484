"""What is told of the redis part: tables for the terminal, and the same as Markdown and JSON."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benches import bars, tables
from benches.bars import Measured, Ratio, Verdict
from benches.rivals import LeftOut

FOLDER = Path(__file__).resolve().parents[1] / "build/bench"


@dataclass(frozen=True)
class Report:
    """All that came of a run."""

    measured: Measured
    verdicts: Sequence[Verdict]
    left_out: Sequence[LeftOut]
    versions: Mapping[str, str]
    load_average: float
    """How many programs wanted to run when it began: above zero, others disturbed it."""

    @property
    def faults(self) -> list[str]:
        """Why the run has failed, a line each; none where it has not."""
        missing = [
            f"{each.name} is left out, {each.why}" for each in self.left_out if each.is_failure
        ]
        return missing + [
            f"{verdict.bar}: wanted {verdict.bar.wanted},"
            f" found in {verdict.cleared} of {verdict.rounds} rounds"
            for verdict in self.verdicts
            if verdict.is_missed
        ]

    def as_text(self) -> str:
        """For a terminal."""
        return f"{tables.aligned(self._times())}\n\n{tables.aligned(self._bars())}\n"

    def write(self, folder: Path = FOLDER) -> None:
        """As `redis.md` and `redis.json`."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "redis.md").write_text(self._as_markdown())
        (folder / "redis.json").write_text(json.dumps(self._as_plain(), indent=2) + "\n")

    def _times(self) -> list[tables.Row]:
        """The first contender of a scene is what the others of it are compared with."""
        head = ("operation", "setting", "contender", "us a call", "ratio", "lowest", "highest")
        rows: list[tables.Row] = [head]
        for scene, times in self.measured.items():
            first = next(iter(times))
            for name, each in times.items():
                told = _told(None if name == first else bars.ratio(each, times[first]))
                rows.append((*scene, name, f"{statistics.median(each) / 1e3:.1f}", *told))
        return rows

    def _bars(self) -> list[tables.Row]:
        rows: list[tables.Row] = [("bar", "wanted", "ratio", "lowest", "highest", "rounds", "")]
        for verdict in self.verdicts:
            rounds, met = "", "not measured"
            if verdict.ratio is not None:
                rounds = f"{verdict.cleared} of {verdict.rounds}"
                met = "MISSED" if verdict.is_missed else "met"
            told = _told(verdict.ratio)
            rows.append((str(verdict.bar), verdict.bar.wanted, *told, rounds, met))
        return rows

    def _as_markdown(self) -> str:
        installed = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        left = [f"Left out: {each.name}, {each.why}.\n" for each in self.left_out]
        parts = [
            "Values of 1 KiB, pickled, over TCP on one machine; medians of rounds in which the"
            " contenders take turns. `ratio`: of the time to that of the first contender, in the"
            " same round. Pinned: client and server on one core.\n",
            f"{installed}. Load average at the start: {self.load_average:.1f} on {os.cpu_count()}"
            " cores.\n",
            *left,
            tables.markdown(self._times()) + "\n",
            tables.markdown(self._bars()) + "\n",
        ]
        return "\n".join(parts)

    def _as_plain(self) -> dict[str, object]:
        return {
            "versions": dict(self.versions),
            "machine": {"cores": os.cpu_count(), "load_average": self.load_average},
            "left_out": [asdict(each) for each in self.left_out],
            "scenes": [
                {**scene._asdict(), "nanoseconds_a_call": times}
                for scene, times in self.measured.items()
            ],
            "bars": [
                {"bar": str(verdict.bar), "is_missed": verdict.is_missed, **asdict(verdict)}
                for verdict in self.verdicts
            ],
            "faults": self.faults,
        }


def _told(ratio: Ratio | None) -> tuple[str, ...]:
    if ratio is None:
        return ("", "", "")
    return tuple(f"{each:.2f}" for each in (ratio.median, ratio.lowest, ratio.highest))
