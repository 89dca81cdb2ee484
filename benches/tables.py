"""Tables of text cells, for a terminal and in Markdown. The first row is the head."""

from __future__ import annotations

from collections.abc import Sequence

Row = Sequence[str]


def aligned(rows: Sequence[Row]) -> str:
    """Columns as wide as they must be; numbers, and the heads above them, to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    right = _numeric_columns(rows)
    lines = []
    for row in rows:
        cells = zip(row, widths, right, strict=True)
        lines.append("  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in cells).rstrip())
    return "\n".join(lines)


def markdown(rows: Sequence[Row]) -> str:
    """The same as Markdown."""
    right = _numeric_columns(rows)
    rule = ["---:" if numeric else "---" for numeric in right]
    head, *body = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *body))


def _numeric_columns(rows: Sequence[Row]) -> list[bool]:
    """Empty cells do not count."""
    columns = zip(*rows, strict=True)
    return [all(cell[:1].isdigit() for cell in cells[1:] if cell) for cells in columns]
