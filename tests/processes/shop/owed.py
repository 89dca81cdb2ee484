"""Acts about what a transaction owes to the store."""

import io
import os
import signal

from django.core.management import call_command
from django.db import transaction
from surecache.django import Row, Tag, invalidate
from surecache.django.models import Outbox

from tests.processes.shop.models import Item
from tests.processes.shop.worker import stop_at


def migrate() -> None:
    call_command("migrate", "surecache", verbosity=0)


def change(text: str) -> None:
    """Changes the item and ends its answers in one transaction."""
    with transaction.atomic():
        _change(text)


def change_and_die(text: str) -> None:
    """Is killed between the commit and what is done after it."""
    with transaction.atomic():
        _change(text)
        connection = transaction.get_connection()
        connection.run_and_clear_commit_hooks = lambda: os.kill(os.getpid(), signal.SIGKILL)


def commit() -> None:
    """Ends something else in a transaction."""
    with transaction.atomic():
        invalidate(Tag("something else"))


def hold(gate: str) -> None:
    """Holds the rows, as who delivers them does, until `gate` is opened."""
    with transaction.atomic():
        assert len(Outbox.objects.select_for_update()) == 1
        stop_at(gate)


def relay(grace: float = 0) -> str:
    """What it says."""
    out = io.StringIO()
    call_command("surecache", "relay", "--once", "--grace", str(grace), stdout=out)
    return out.getvalue().strip()


def rows() -> int:
    return Outbox.objects.count()


def _change(text: str) -> None:
    Item.objects.filter(id=1).update(text=text)
    invalidate(Row(Item, id=1))
