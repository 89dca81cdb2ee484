"""Events of each day as columns, inline SVG."""

from collections.abc import Sequence

from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

COLUMN_PX, HEIGHT_PX = 4, 90


def draw_days(days: Sequence[Sequence[object]]) -> SafeString:
    """One column a day: [day, events, actors] in the order of the days."""
    tallest = max((int(str(events)) for _, events, _ in days), default=1)
    columns = (
        (number * COLUMN_PX, HEIGHT_PX - height, height, f"{day}: {events} events")
        for number, (day, events, _) in enumerate(days)
        for height in [round(int(str(events)) / tallest * HEIGHT_PX)]
    )
    bars = format_html_join(
        "",
        '<rect x="{}" y="{}" width="3" height="{}"><title>{}</title></rect>',
        columns,
    )
    width = max(len(days), 1) * COLUMN_PX
    box = f'viewBox="0 0 {width} {HEIGHT_PX}" preserveAspectRatio="none"'
    return mark_safe(f'<svg {box} role="img" aria-label="events of each day">{bars}</svg>')
