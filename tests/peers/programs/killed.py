"""A process that is killed: `python -m tests.peers.programs.killed SUBJECT FOLDER LOCATION`.

SUBJECT is a peer, or a store of surecache, whose answer is in a region. FOLDER is for the database,
LOCATION is the cache's. With the further word `write` it is the process that is killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from tests.peers import subjects
from tests.peers.loading import Loading, RegionLoading


def set_up(subject: str, folder: Path, location: str) -> Loading:
    """The subject as its documentation has it installed; what keeps the answer."""
    is_ours = subject not in subjects.PEERS
    settings.configure(
        SECRET_KEY="the secret of the tests",
        INSTALLED_APPS=["surecache.django"] if is_ours else [],
        CACHES={"default": subjects.config(subject, location)},
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(folder / "killed.sqlite3"),
            }
        },
    )
    django.setup()
    from django.core.cache import cache

    return RegionLoading("default") if is_ours else cache


def load() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM item")
        return str(cursor.fetchone()[0])


def write(cache: Loading) -> None:
    """Changes the row and ends the answer in one transaction; is killed right after its commit."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE item SET text = 'new'")
        if isinstance(cache, RegionLoading):
            cache.delete("key")
        else:
            transaction.on_commit(lambda: cache.delete("key"))
        vars(transaction.get_connection())["run_and_clear_commit_hooks"] = _die


def play(cache: Loading) -> str:
    """What is given after another process has changed the row, and was killed."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE item (text varchar(20))")
        cursor.execute("INSERT INTO item VALUES ('old')")
    is_ours = isinstance(cache, RegionLoading)
    if is_ours:
        _manage("migrate")
    assert cache.get_or_set("key", load) == "old"
    words = [sys.executable, "-W", "error", "-m", "tests.peers.programs.killed", *sys.argv[1:]]
    ended = subprocess.run([*words, "write"])
    assert ended.returncode == -signal.SIGKILL
    assert load() == "new"
    if is_ours:
        _manage("surecache", "relay", "--once", "--grace", "0")
    return f"the {cache.get_or_set('key', load)} value is given"


def _manage(*words: str) -> None:
    with contextlib.redirect_stdout(sys.stderr):
        call_command(*words)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    subject, folder, location, *role = sys.argv[1:]
    cache = set_up(subject, Path(folder), location)
    if role:
        write(cache)
    print(json.dumps(play(cache)))
