"""What was counted, as one plain object: report.json, and what the table and the page show."""

from typing import Any

from play import judge
from play.judge import Reading
from play.played import Played
from play.server import Plan


def make_report(played: Played, plan: Plan, seconds: float) -> dict[str, Any]:
    """The whole report. `faults` is empty when the demo has shown what it must show."""
    halves = {half: report_half(played, half) for half in plan.halves}
    accepted = [r.declaration for r in played.refusals if not r.text]
    faults = judge.find_faults(halves)
    faults += [f"surecache accepted an under-scoped region: {text}" for text in accepted]
    return {
        **halves,
        "refusals": [{"declaration": r.declaration, "refusal": r.text} for r in played.refusals],
        "faults": faults,
        "run": {
            "halves": list(plan.halves),
            "workers": plan.workers,
            "threads": plan.threads,
            "preload": plan.preload,
            "seconds": round(seconds, 1),
        },
    }


def report_half(played: Played, half: str) -> dict[str, Any]:
    """The figures of one half; every number was counted in this run."""
    updated, overlapped = played.updated[half], played.overlapped[half]
    revoked, cold, latency = played.revoked[half], played.cold[half], played.latency[half]
    readings = {
        "cold": cold.readings,
        "foreign": played.foreign[half].readings,
        "revoke": revoked.readings,
        "update": [reading for result in updated for reading in result.readings],
        "overlap": [reading for result in overlapped for reading in result.readings],
        "latency": latency.readings,
    }
    everything = [reading for phase in readings.values() for reading in phase]
    requests = {phase: len(noted) for phase, noted in readings.items()}
    return {
        "loads": cold.loads,
        "foreign": judge.count_foreign(everything),
        "stale_after_revoke": revoked.stale,
        "stale_after_update": sum(result.stale for result in updated),
        "stale_fill": sum(result.stale for result in overlapped),
        "window_s": round(revoked.window_s, 3),
        "latency_ms": {
            "cold": summarize_both(latency.cold),
            "warm": summarize_both([r for r in latency.warm if not r.loaded]),
        },
        "hit_rate": judge.hit_rate(len(latency.readings), latency.loads),
        "requests": {**requests, "total": len(everything)},
        "writes": {
            "update": sum(len(result.writes) for result in updated),
            "overlap": sum(len(result.writes) for result in overlapped),
        },
    }


def summarize_both(readings: list[Reading]) -> dict[str, dict[str, float]]:
    """Latency of the request as the client saw it, and of the service call inside the site."""
    return {
        "request": judge.summarize([reading.latency_ms for reading in readings]),
        "service": judge.summarize([reading.service_ms for reading in readings]),
    }
