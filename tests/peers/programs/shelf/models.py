"""The one model."""

from django.db import models


class Item(models.Model):
    """A row with a text."""

    text = models.CharField(max_length=20)

    class Meta:
        app_label = "shelf"
        db_table = "item"
