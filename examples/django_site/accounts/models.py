"""Users, teams, and what a user may see in a team."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person. `version` grows by one with each update of the profile."""

    title = models.CharField(max_length=80, blank=True)
    version = models.PositiveIntegerField(default=1)


class Team(models.Model):
    """A group of people whose events are counted together."""

    name = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user in a team. `version` grows by one with each change of the role."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    role = models.CharField(max_length=20, default="viewer")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "team"], name="one_membership")]


class TeamPermission(models.Model):
    """One kind of event that a user may see in a team."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    kind = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "team", "kind"], name="one_permission")
        ]


class AuditEntry(models.Model):
    """Who was changed, and how: written in the transaction of the change."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    text = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)
