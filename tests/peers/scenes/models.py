"""Answers of the ORM that are cached."""

from __future__ import annotations

from tests.peers import programs
from tests.peers.scene import STORES, Scene
from tests.peers.stage import Stage

__all__ = ["SCENES"]


def late_load(stage: Stage) -> str:
    """See `programs.models`."""
    return programs.run("models", stage.subject, "late_load", *_place(stage))


def older_snapshot(stage: Stage) -> str:
    """See `programs.models`."""
    return programs.run("models", stage.subject, "older_snapshot", *_place(stage))


def _place(stage: Stage) -> tuple[str, str]:
    return str(stage.folder), stage.server.location


NEW, OLD = "the new value is given", "the old value is given"
SCENES = [
    Scene(
        "late-query",
        "A query was answered before a row changed, and its answer is cached after that",
        late_load,
        right=NEW,
        ours=STORES,
        peers={"django-cachalot": OLD, "django-cacheops": OLD},
        by_region=True,
    ),
    Scene(
        "older-query",
        "A query in an older snapshot of the database is cached after the row changed",
        older_snapshot,
        right=NEW,
        ours=STORES,
        peers={"django-cachalot": OLD, "django-cacheops": OLD},
        by_region=True,
    ),
]
