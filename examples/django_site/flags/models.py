"""Switches that everybody sees."""

from django.db import models


class Flag(models.Model):
    """A feature that is on or off."""

    name = models.CharField(max_length=40, unique=True)
    enabled = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name
