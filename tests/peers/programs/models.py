"""Cached models: `python -m tests.peers.programs.models SUBJECT SCENE FOLDER SERVER`.

SUBJECT is `django-cachalot`, `django-cacheops`, or a store of surecache, whose region does by hand
what those do behind the ORM. FOLDER is for the database, SERVER is the location of a server.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from tests.django.database import ROUND_S, Gate, other_threads

_Read = Callable[[], str]
_Write = Callable[[str], None]


def late_load(read: _Read, write: _Write) -> str:
    """A query has been answered by the database; the row changes; then the answer is cached."""
    gate = Gate()

    def held(execute: Any, *arguments: Any) -> Any:
        answered = execute(*arguments)
        gate.hold()
        return answered

    def read_slowly() -> None:
        with connection.execute_wrapper(held):
            assert read() == "old"

    with other_threads() as pool:
        reading = pool.submit(read_slowly)
        gate.await_begun()
        write("new")
        gate.let_go()
        reading.result()
    return f"the {read()} value is given"


def older_snapshot(read: _Read, write: _Write) -> str:
    """A reader's transaction has fixed what it sees; the row changes; then the reader asks."""
    fixed, ended = threading.Event(), threading.Event()

    def read_in_snapshot() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM item")
            cursor.fetchall()
            fixed.set()
            assert ended.wait(ROUND_S)
            assert read() == "old"

    with other_threads() as pool:
        reading = pool.submit(read_in_snapshot)
        assert fixed.wait(ROUND_S)
        write("new")
        ended.set()
        reading.result()
    return f"the {read()} value is given"


SCENES = {"late_load": late_load, "older_snapshot": older_snapshot}


def set_up(subject: str, folder: Path, server: str) -> None:
    """A database with one row, and the subject as its documentation has it installed."""
    apps = {"django-cachalot": "cachalot", "django-cacheops": "cacheops"}
    backend = "django.core.cache.backends.locmem.LocMemCache"
    place = "models"
    if subject not in apps:
        backend = "surecache.django.SureCache"
        places = {"memory": "memory://models", "embedded": f"embedded://{folder}/store"}
        place = places.get(subject, server)
    settings.configure(
        SECRET_KEY="the secret of the tests",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[apps.get(subject, "surecache.django"), "tests.peers.programs.shelf"],
        CACHES={"default": {"BACKEND": backend, "LOCATION": place}},
        CACHEOPS_REDIS=server,
        CACHEOPS={"shelf.*": {"ops": "all", "timeout": 600}},
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(folder / "models.sqlite3"),
                "OPTIONS": {"timeout": 5, "init_command": "PRAGMA journal_mode=WAL"},
            }
        },
    )
    django.setup()
    with contextlib.redirect_stdout(sys.stderr):
        call_command("migrate", run_syncdb=True, verbosity=0)


def ways(subject: str) -> tuple[_Read, _Write]:
    """How the row is read and written."""
    from tests.peers.programs.shelf.models import Item

    def read() -> str:
        return Item.objects.get(pk=1).text

    def write(text: str) -> None:
        Item(pk=1, text=text).save()

    write("old")
    if subject.startswith("django-"):
        return read, write

    from surecache.django import Region, Row, Scope, invalidate

    region = Region(
        "item", key={"id": int}, scope=Scope.public("a scene"), depends_on=[Row(Item, id="id")]
    )

    def load(id: int) -> str:  # noqa: A002 -- the name of a column
        return read()

    def write_and_tell(text: str) -> None:
        write(text)
        invalidate(Row(Item, id=1))

    return lambda: region.get_or_load(load, id=1), write_and_tell


if __name__ == "__main__":
    subject, scene, folder, server = sys.argv[1:]
    set_up(subject, Path(folder), server)
    print(json.dumps(SCENES[scene](*ways(subject))))
