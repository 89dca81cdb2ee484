"""Answers that are read, and ended, inside transactions of the database."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import wait

from django.db import transaction

from tests.django.database import ROUND_S, Gate, other_threads, text_of, write
from tests.peers import programs
from tests.peers.loading import RegionLoading
from tests.peers.scene import STORES, Scene
from tests.peers.stage import Stage

__all__ = ["SCENES"]

JOINED_S = 0.5
"""Who has not ended by then waits for somebody else's load."""


def older_snapshot(stage: Stage) -> str:
    """A reader's transaction has fixed what it sees; the row changes and the answer is ended; then
    the reader loads the answer.
    """
    database = stage.database
    cache = stage.loading(database)
    fixed, ended = threading.Event(), threading.Event()

    def load() -> str:
        return text_of(database)

    def read_in_snapshot() -> None:
        with transaction.atomic(using=database):
            assert load() == "old"
            fixed.set()
            assert ended.wait(ROUND_S)
            assert cache.get_or_set("key", load) == "old"

    with other_threads() as pool:
        reading = pool.submit(read_in_snapshot)
        assert fixed.wait(ROUND_S)
        write(database, "new")
        cache.delete("key")
        ended.set()
        reading.result()
    return f"the {cache.get_or_set('key', load)} value is given"


def refill_before_commit(stage: Stage) -> str:
    """A transaction changes the row and ends the answer; somebody reads before it commits."""
    database = stage.database
    cache = stage.loading(database)

    def load() -> str:
        return text_of(database)

    with other_threads() as pool, transaction.atomic(using=database):
        write(database, "new")
        cache.delete("key")
        assert pool.submit(cache.get_or_set, "key", load).result() == "old"
    return f"the {cache.get_or_set('key', load)} value is given"


def rolled_back(stage: Stage) -> str:
    """A transaction reads what it has written, and rolls back."""
    database = stage.database
    cache = stage.loading(database)

    def load() -> str:
        return text_of(database)

    with transaction.atomic(using=database):
        write(database, "phantom")
        assert cache.get_or_set("key", load) == "phantom"
        transaction.set_rollback(True, using=database)
    return f"the {cache.get_or_set('key', load)} value is given"


def joined_phantom(stage: Stage) -> str:
    """A transaction loads what it has written, and rolls back; somebody asks during that load."""
    database = stage.database
    cache, gate = stage.loading(database), Gate()

    def load() -> str:
        text = text_of(database)
        if text == "phantom":
            gate.hold()
        return text

    def write_and_roll_back() -> None:
        with transaction.atomic(using=database):
            write(database, "phantom")
            assert cache.get_or_set("key", load) == "phantom"
            transaction.set_rollback(True, using=database)

    with other_threads(2) as pool:
        writing = pool.submit(write_and_roll_back)
        gate.await_begun()
        asking = pool.submit(cache.get_or_set, "key", load)
        wait([asking], JOINED_S)
        gate.let_go()
        writing.result()
        return f"the {asking.result()} value is given"


def hook_that_raises(stage: Stage) -> str:
    """The answer is to be ended at commit; a hook of the application that comes first raises."""
    database = stage.database
    cache = stage.loading(database)

    def load() -> str:
        return text_of(database)

    def broken() -> None:
        raise LookupError("a hook of the application")

    cache.get_or_set("key", load)
    with contextlib.suppress(LookupError), transaction.atomic(using=database):
        transaction.on_commit(broken, using=database)
        write(database, "new")
        if isinstance(cache, RegionLoading):
            cache.delete("key")
        else:
            transaction.on_commit(lambda: cache.delete("key"), using=database)
    return f"the {cache.get_or_set('key', load)} value is given"


def killed_after_commit(stage: Stage) -> str:
    """See `programs.killed`."""
    return programs.run("killed", stage.subject, str(stage.folder), stage.location)


NEW, OLD = "the new value is given", "the old value is given"
WITHOUT_TRANSACTIONS = ["django-core", "django-locmem", "django-redis", "dogpile.cache"]
"""Some of those that know nothing of the database."""

SCENES = [
    Scene(
        "older-snapshot",
        "A reader in an older snapshot of the database stores what it sees after the row changed",
        older_snapshot,
        right=NEW,
        ours=STORES,
        peers=dict.fromkeys([*WITHOUT_TRANSACTIONS, "django-cachex"], OLD),
        by_region=True,
    ),
    Scene(
        "refill-before-commit",
        "An answer is ended inside a transaction, and read by others before it commits",
        refill_before_commit,
        right=NEW,
        ours=STORES,
        peers=dict.fromkeys(WITHOUT_TRANSACTIONS, OLD),
        by_region=True,
    ),
    Scene(
        "rolled-back",
        "What a transaction has written and read is kept although it rolls back",
        rolled_back,
        right=OLD,
        ours=STORES,
        peers=dict.fromkeys(WITHOUT_TRANSACTIONS, "the phantom value is given"),
        by_region=True,
    ),
    Scene(
        "joined-phantom",
        "Who waits for a load is given what the loader's transaction has written and rolls back",
        joined_phantom,
        right=OLD,
        ours=STORES,
        peers={"dogpile.cache": "the phantom value is given"},
        by_region=True,
    ),
    Scene(
        "hook-that-raises",
        "A hook that raises drops the `delete` that `on_commit` was to do after it",
        hook_that_raises,
        right=NEW,
        ours=STORES,
        peers=dict.fromkeys(WITHOUT_TRANSACTIONS, OLD),
        by_region=True,
    ),
    Scene(
        "killed-after-commit",
        "A process is killed between its commit and what `on_commit` was to do: a `delete`",
        killed_after_commit,
        right=NEW,
        ours=("embedded", "redis"),
        peers=dict.fromkeys(["django-core", "django-redis", "django-valkey", "diskcache"], OLD),
        by_region=True,
    ),
]
