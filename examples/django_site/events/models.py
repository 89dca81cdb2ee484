"""What happens in the teams."""

from accounts.models import Team
from django.db import models

KINDS = ("orders", "payouts", "refunds", "signups", "visits")


class Event(models.Model):
    """One thing that somebody did. `amount` is in cents."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, db_index=False)
    kind = models.CharField(max_length=20)
    actor_id = models.PositiveIntegerField()
    day = models.DateField()
    amount = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["team", "day", "kind"], name="event_team_day_kind")]
