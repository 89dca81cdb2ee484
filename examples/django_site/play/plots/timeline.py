"""(c) and (d): answers over time, the wrong ones in red, a lane for each half."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from play.cast import REVOKED_KIND
from play.judge import shows_revoked, versions_behind
from play.phases.revoke import Revoked
from play.phases.update import Updated
from play.plots.svg import COLOURS, FAINT, INK, RIGHT, WRONG, Figure, linear, ticks

WIDTH, LEFT, TOP, LANE, GAP = 860, 40, 26, 90, 34


@dataclass(frozen=True)
class Lane:
    """Answers of one half: (seconds, wrong) of each."""

    half: str
    words: str
    answers: Sequence[tuple[float, bool]]


def draw_revocation(revoked: dict[str, Revoked]) -> str:
    """Answers by the time since the permission was revoked."""
    lanes = []
    for half, result in revoked.items():
        answers = [
            (r.started - result.revoked_at, shows_revoked(r, REVOKED_KIND, result.revoked_at))
            for r in result.readings
            if r.started > result.revoked_at
        ]
        words = f"{half}: {result.stale} answers with the revoked permission"
        lanes.append(Lane(half, f"{words}, the last after {result.window_s:.1f} s", answers))
    return draw(lanes, "seconds since the permission was revoked", columns=64)


def draw_updates(updated: dict[str, list[Updated]]) -> str:
    """Answers of the last round by the time since its first request."""
    lanes = []
    for half, rounds in updated.items():
        result = rounds[-1]
        start = result.readings[0].started
        answers = [
            (r.started - start, versions_behind(r, result.writes) > 0) for r in result.readings
        ]
        words = f"{half}: {len(result.writes)} updates, {result.stale} answers older than one"
        lanes.append(Lane(half, f"{words} that had returned", answers))
    return draw(lanes, "seconds since the first request")


def draw(lanes: Sequence[Lane], axis_words: str, columns: int = 120) -> str:
    """Stacked columns of answers: right ones grey, wrong ones red."""
    longest = max(seconds for lane in lanes for seconds, _ in lane.answers)
    height = TOP + len(lanes) * (LANE + GAP) + 20
    figure = Figure(WIDTH, height, axis_words)
    scale = linear(0, longest, LEFT, WIDTH - 20)
    bottom = height - GAP - 16
    figure.axis(scale, ticks(longest, 10), TOP - 6, bottom + 4)
    figure.text(WIDTH - 10, height - 6, axis_words, FAINT, "end")
    width_s = longest / columns or 1
    for number, lane in enumerate(lanes):
        draw_lane(figure, lane, TOP + number * (LANE + GAP), width_s, scale(width_s) - scale(0))
    return figure.render()


def draw_lane(figure: Figure, lane: Lane, top: float, width_s: float, width: float) -> None:
    figure.text(LEFT, top - 2, lane.words, COLOURS[lane.half])
    every, wrong = Counter[int](), Counter[int]()
    for seconds, is_wrong in lane.answers:
        every[int(seconds / width_s)] += 1
        wrong[int(seconds / width_s)] += is_wrong
    tallest = max(every.values())
    floor = top + LANE
    scale = linear(0, tallest, 0, LANE - 8)
    for column, count in sorted(every.items()):
        x = LEFT + column * width
        bad, good = scale(wrong[column]), scale(count - wrong[column])
        note = f"{wrong[column]} of {count} answers were wrong"
        if good:
            figure.rect(x, floor - bad - good, width - 1, good, RIGHT, note)
        if bad:
            figure.rect(x, floor - bad, width - 1, bad, WRONG, note)
    figure.line((LEFT, floor), (WIDTH - 20, floor), INK)
    figure.text(LEFT - 6, top + 14, str(tallest), FAINT, "end")
    figure.text(LEFT - 6, floor, "0", FAINT, "end")
