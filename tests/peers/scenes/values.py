"""Values that come back as something else."""

from __future__ import annotations

from datetime import datetime, timezone
from enum import Enum
from uuid import UUID

from django.utils.safestring import SafeString

from tests.peers.scene import STORES, Scene
from tests.peers.stage import Stage

__all__ = ["SCENES"]


class Colour(Enum):
    """Of a value."""

    RED = "red"


VALUES = {
    "tuple": (1, 2),
    "datetime": datetime(2026, 11, 27, tzinfo=timezone.utc),
    "UUID": UUID(int=42),
    "SafeString": SafeString("<b>bold</b>"),
    "Enum": Colour.RED,
}


def changed_values(stage: Stage) -> list[str]:
    """Values are stored and read; which of them come back unequal, or of another type."""
    cache = stage.cache()
    for name, value in VALUES.items():
        cache.set(name, value)
    return [
        name
        for name, value in VALUES.items()
        if (found := cache.get(name)) != value or type(found) is not type(value)
    ]


SCENES = [
    Scene(
        "changed-values",
        "A tuple, datetime, UUID, SafeString or Enum silently comes back as another type",
        changed_values,
        right=[],
        ours=STORES,
        peers={"django-vcache": list(VALUES)},
    ),
]
