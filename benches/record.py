"""All that came of a run, as a value and as JSON: what tables and plots are made of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benches.bars import Bar, Verdict, judge
from benches.rivals import LeftOut
from benches.scenes import Measured, Scene

FORMAT = 1


@dataclass(frozen=True)
class Record:
    """Times, and everything that it takes to read them."""

    scale: str
    machine: Mapping[str, str | int | float]
    """The load average is of the start: above zero, others disturbed it."""
    versions: Mapping[str, str]
    left_out: Sequence[LeftOut]
    measured: Measured
    bars: Sequence[Bar]
    stopped: str = ""
    """What ended the run before its end; what was measured until then is told."""

    @property
    def verdicts(self) -> list[Verdict]:
        """What the rounds say about each bar."""
        return [judge(bar, self.measured) for bar in self.bars]

    @property
    def faults(self) -> list[str]:
        """Why the run has failed, a line each; none where it has not."""
        missing = [
            f"{each.name} is left out, {each.why}" for each in self.left_out if each.is_failure
        ]
        stopped = [f"stopped: {self.stopped}"] if self.stopped else []
        return (
            missing
            + stopped
            + [
                f"{verdict.bar}: wanted {verdict.bar.wanted},"
                f" found in {verdict.cleared} of {verdict.rounds} rounds"
                for verdict in self.verdicts
                if verdict.is_missed
            ]
        )

    def as_json(self) -> str:
        """With every round; what is derived from them is written too, for other programs."""
        plain = {
            "format": FORMAT,
            "scale": self.scale,
            "machine": dict(self.machine),
            "versions": dict(self.versions),
            "left_out": [asdict(each) for each in self.left_out],
            "bars": [_plain_bar(verdict) for verdict in self.verdicts],
            "stopped": self.stopped,
            "faults": self.faults,
            "scenes": [
                {**scene._asdict(), "unit": scene.unit, "rounds": times}
                for scene, times in self.measured.items()
            ],
        }
        return json.dumps(plain, indent=1) + "\n"


def from_json(text: str) -> Record:
    """The record that was written so.

    Raises:
        ValueError: It has another format.
    """
    plain: dict[str, Any] = json.loads(text)
    if plain.get("format") != FORMAT:
        raise ValueError(f"wanted a record of format {FORMAT}, found: {plain.get('format')}")
    return Record(
        plain["scale"],
        plain["machine"],
        plain["versions"],
        [LeftOut(**each) for each in plain["left_out"]],
        {_scene(each): each["rounds"] for each in plain["scenes"]},
        [
            Bar(_scene(each), each["over"], each["under"], each["at_least"], each["at_most"])
            for each in plain["bars"]
        ],
        plain["stopped"],
    )


def _scene(plain: Mapping[str, Any]) -> Scene:
    return Scene(**{name: plain[name] for name in Scene._fields})


def _plain_bar(verdict: Verdict) -> dict[str, object]:
    bar = verdict.bar
    return {
        **bar.scene._asdict(),
        "over": bar.over,
        "under": bar.under,
        "at_least": bar.at_least,
        "at_most": bar.at_most,
        "ratio": verdict.ratio and asdict(verdict.ratio),
        "cleared": verdict.cleared,
        "of_rounds": verdict.rounds,
        "is_missed": verdict.is_missed,
    }
