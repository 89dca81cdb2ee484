"""The expensive part of the site: aggregates over all events of a team that a user may see."""

from collections import Counter
from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, Min, QuerySet, Sum

from events.models import Event

TOP_ACTORS = 10
RECENT = timedelta(days=30)


def read_dashboard(user_id: int, team_id: int, rights: dict[str, Any]) -> dict[str, Any]:
    """Days, totals and top actors of one team, limited to the kinds that `rights` names.

    Grouped aggregates with distinct counts; nothing here is slow but the database.
    """
    visible = Event.objects.filter(team_id=team_id, kind__in=rights["permissions"])
    figures = {"events": Count("id"), "amount": Sum("amount")}
    actors = Count("actor_id", distinct=True)
    days = visible.values("day").annotate(actors=actors, **figures).order_by("day")
    totals = visible.values("kind").annotate(actors=actors, **figures).order_by("kind")
    top = (
        visible.values("actor_id")
        .annotate(days=Count("day", distinct=True), **figures)
        .order_by("-amount", "actor_id")[:TOP_ACTORS]
    )
    returning = count_returning(visible)
    return {
        "user_id": user_id,
        "team_id": team_id,
        **rights,
        "days": [[row["day"].isoformat(), row["events"], row["actors"]] for row in days],
        "totals": [{**row, "returning": returning[row["kind"]]} for row in totals],
        "top": list(top),
    }


def count_returning(visible: QuerySet[Event]) -> Counter[str]:
    """For each kind: actors of the recent days who had been there before them."""
    last_day = visible.aggregate(last_day=Max("day"))["last_day"]
    if last_day is None:
        return Counter()
    since = last_day - RECENT
    actors = (
        visible.values("kind", "actor_id")
        .alias(first_day=Min("day"), last_day=Max("day"))
        .filter(first_day__lte=since, last_day__gt=since)
    )
    return Counter(actors.values_list("kind", flat=True))
