"""The table of what transactions owe to the stores; see ``_outbox``."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now

__all__ = ["Outbox"]


class Outbox(models.Model):
    """Tags that a transaction ends. A row is written in it, and deleted once it is delivered."""

    id: models.Field[Any, Any] = models.BigAutoField(primary_key=True)
    created: models.Field[Any, Any] = models.DateTimeField(db_default=Now())
    """By the clock of the database."""
    format: models.Field[Any, Any] = models.SmallIntegerField()
    """How `tags` are written."""
    namespace: models.Field[Any, Any] = models.CharField(max_length=32)
    """Whose caches it is owed to: see `surecache.django._outbox.namespaces`."""
    tags: models.Field[Any, Any] = models.BinaryField()
    """As `surecache.django._outbox.written` writes them."""

    class Meta:
        db_table = "surecache_outbox"
        default_permissions = ()
