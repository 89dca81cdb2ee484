"""Plays all scenes that were asked for, and says how far it is."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benches import asgi, curves, invalidation, machine, matrix, rivals, session
from benches.bars import Bar
from benches.record import Record
from benches.rivals import RAW, LeftOut
from benches.rounds import Times
from benches.scale import Pace
from benches.scenes import Scene
from benches.session import Part, Plan, Roster
from benches.wanted import bars

PARTS = (*matrix.PARTS, *asgi.PARTS, *curves.PARTS, *invalidation.PARTS)
"""What fills the stores comes last."""

WARM_UP = 0.6
"""Of a turn, about: a contender is warmed up for so long."""


@dataclass(frozen=True)
class Choice:
    """What of the whole is measured: some parts, or only what bars are about."""

    parts: tuple[str, ...] = ()
    is_quick: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return not self.parts and not self.is_quick

    def planned(self, roster: Roster) -> list[tuple[Part, Plan]]:
        """The scenes of each part, in the order in which parts were named."""
        named = {part.name: part for part in PARTS}
        chosen = [named[name] for name in dict.fromkeys(self.parts)] or PARTS
        plans = [(part, part.plan(roster)) for part in chosen]
        if not self.is_quick:
            return plans
        judged = bars(roster.scale)
        quick = [(part, _judged(plan, judged)) for part, plan in plans]
        return [(part, plan) for part, plan in quick if plan]


def _judged(plan: Plan, judged: Sequence[Bar]) -> Plan:
    """Of a plan, the scenes and contenders that bars compare."""
    named: Plan = {}
    for scene, names in plan.items():
        sides = {side for bar in judged if bar.scene == scene for side in (bar.over, bar.under)}
        if sides:
            named[scene] = tuple(name for name in names if name in sides)
    return named


def run(roster: Roster, left_out: Sequence[LeftOut], choice: Choice) -> Record:
    """All of it; progress is told on the error output. A call that fails ends the run, and what was
    measured until then is not lost.
    """
    judged = bars(roster.scale)
    paces = {bar.scene: roster.scale.judged for bar in judged}
    plans = choice.planned(roster)
    described = machine.described()
    total = sum(len(plan) for _, plan in plans)
    expected = sum(_seconds(part, plan, paces, roster) for part, plan in plans)
    _tell(f"{total} scenes, about {_minutes(expected)}")
    measured: dict[Scene, Times] = {}
    versions: dict[str, str] = rivals.versions()
    stopped = ""
    start = time.monotonic()
    try:
        with session.opened(roster) as opened:
            versions |= opened.server.version
            for scene, times in _played(opened, plans, paces):
                measured[scene] = times
                past = _minutes(time.monotonic() - start)
                _tell(f"[{len(measured):3}/{total}, {past}] {scene}")
    except Exception as error:
        traceback.print_exc()
        stopped = f"after {len(measured)} of {total} scenes: {error!r}"
    named = [bar for bar in judged if bar.scene in measured]
    return Record(roster.scale.name, described, versions, left_out, measured, named, stopped)


def _played(
    opened: session.Session, plans: Sequence[tuple[Part, Plan]], paces: dict[Scene, Pace]
) -> Iterator[tuple[Scene, Times]]:
    for part, plan in plans:
        for staged in part.staged(opened, plan):
            pace = paces.get(staged.scene, opened.scale.told)
            yield staged.scene, _rounded(opened.play(staged, pace))


def _rounded(times: Times) -> Times:
    """To what means something; what is told is told of these."""
    return {name: [round(each, 1) for each in rounds] for name, rounds in times.items()}


def _seconds(part: Part, plan: Plan, paces: dict[Scene, Pace], roster: Roster) -> float:
    turns = 0.0
    for scene, names in plan.items():
        pace = paces.get(scene, roster.scale.told)
        turns += (pace.rounds + WARM_UP) * pace.turn_s * len(names)
    return turns + part.seconds * len(plan) * roster.scale.setup


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} min"


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def no_raw_loop() -> LeftOut:
    """The floor, where its program was not given."""
    return LeftOut(RAW, "not built", is_failure=True)
