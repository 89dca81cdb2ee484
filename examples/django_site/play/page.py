"""The report as one self-contained page: figures on top, then a plot for each failure."""

from collections.abc import Iterator
from html import escape
from typing import Any

from play.played import Played
from play.plots import latency, overlap, owners, timeline, waterfall
from play.table import ROWS

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1f2937; background: #f8fafc; margin: 0; }
main { max-width: 920px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 28px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 0 0 2px; }
p { margin: 4px 0 12px; color: #4b5563; }
section { background: #fff; border: 1px solid #e5e7eb; border-radius: 10px; padding: 20px 22px;
  margin: 18px 0; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 6px 10px; border-bottom: 1px solid #e5e7eb; text-align: right;
  font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { text-align: left; white-space: pre; }
tr:last-child td { border-bottom: 0; }
.naive { color: #c2410c; } .surecache { color: #0f766e; }
.verdict { font-weight: 600; } .good { color: #0f766e; } .bad { color: #dc2626; }
svg { width: 100%; height: auto; display: block; }
pre { background: #f1f5f9; border-radius: 6px; padding: 10px 12px; overflow-x: auto;
  font-size: 13px; margin: 4px 0 12px; white-space: pre-wrap; }
"""


def make_page(report: dict[str, Any], played: Played) -> str:
    """The whole page as HTML; nothing in it is fetched from elsewhere."""
    run = report["run"]
    about = (
        f"{run['workers']} worker processes of {run['threads']} threads, "
        f"{run['seconds']} s. Every figure was counted in this run."
    )
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>surecache: the demo</title><style>{STYLE}</style></head><body><main>",
            f"<h1>Six failures of caches</h1><p>{escape(about)}</p>",
            show_verdict(report),
            f"<section>{show_table(report)}</section>",
            *show_plots(report, played),
            "</main></body></html>\n",
        ]
    )


def show_verdict(report: dict[str, Any]) -> str:
    if report["faults"]:
        lines = "<br>".join(map(escape, report["faults"]))
        return f'<p class="verdict bad">{lines}</p>'
    said = {
        "surecache": "surecache gave no wrong answer",
        "naive": "the naive half failed in all five ways",
    }
    words = "; ".join(said[half] for half in report["run"]["halves"])
    return f'<p class="verdict good">{words}.</p>'


def show_table(report: dict[str, Any]) -> str:
    halves = report["run"]["halves"]
    head = "".join(f'<th class="{half}">{half}</th>' for half in halves)
    rows = [f"<tr><th></th>{head}</tr>"]
    for title, show in ROWS:
        cells = "".join(f"<td>{escape(show(report[half]))}</td>" for half in halves)
        rows.append(f"<tr><td>{escape(title)}</td>{cells}</tr>")
    return f"<table>{''.join(rows)}</table>"


def show_plots(report: dict[str, Any], played: Played) -> Iterator[str]:
    halves = {half: report[half] for half in report["run"]["halves"]}
    yield section(
        "(a) Fifty requests at once on a cold key",
        "All ask for one dashboard that nobody has loaded yet. One load is enough.",
        waterfall.draw(played.cold),
    )
    yield section(
        "(b) An under-scoped key",
        "Eight users of one team, each with other permissions, ask for the team's dashboard. "
        "The naive key is the team alone.",
        owners.draw(played.foreign) + show_refusals(report["refusals"]),
    )
    yield section(
        "(c) A permission is revoked while the dashboard is cached",
        "The naive TTL is 15 s. Judged are requests that started after the revocation returned.",
        timeline.draw_revocation(played.revoked),
    )
    yield section(
        "(d) A profile is updated under load",
        "Wrong is an answer older than an update that had returned when its request started.",
        timeline.draw_updates(played.updated),
    )
    yield section(
        "(e) A slow load overlaps a change",
        "The load has read the old role. If it is stored, the reads after it are stale (red).",
        overlap.draw(played.overlapped),
    )
    yield section(
        "(f) Latency",
        "The request as the client sees it, and the call of the service inside the site.",
        latency.draw(halves),
    )


def show_refusals(refusals: list[dict[str, str]]) -> str:
    if not refusals:
        return ""
    shown = "".join(
        f"<p>{escape(r['declaration'])}</p><pre>{escape(r['refusal'] or 'accepted')}</pre>"
        for r in refusals
    )
    return f"<h2>What surecache says to the naive key</h2>{shown}"


def section(title: str, text: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2><p>{escape(text)}</p>{content}</section>"
