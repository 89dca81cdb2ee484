"""Acts that write."""

from django.db import transaction

from tests.processes.shop import loads
from tests.processes.shop.models import Item
from tests.processes.shop.ways import way
from tests.processes.shop.worker import stop_at


def change(way_name: str, text: str, item_id: int = 1) -> None:
    """Gives the item another text and ends the answers that were made from the one before."""
    Item.objects.filter(id=item_id).update(text=text)
    way(way_name).end(item_id)


def end(way_name: str, item_id: int = 1) -> None:
    """Ends the answers about the item."""
    way(way_name).end(item_id)


class _Undone(Exception):
    pass


def read_and_roll_back(way_name: str, text: str, gate: str, item_id: int = 1) -> dict:
    """Reads inside a transaction that has given the item another text, and rolls it back.

    The load stops at `gate`.
    """
    try:
        with transaction.atomic():
            Item.objects.filter(id=item_id).update(text=text)
            with loads.meanwhile(lambda: stop_at(gate)):
                answer = way(way_name).read(item_id)
            raise _Undone
    except _Undone:
        return answer


def read_in_snapshot(way_name: str, gate: str, item_id: int = 1, stops: str | None = None) -> dict:
    """Reads inside a transaction whose snapshot was taken before it stopped at `gate`.

    Its load then stops at `stops`.
    """
    with transaction.atomic():
        loads.read_text(item_id)
        stop_at(gate)
        with loads.meanwhile(lambda: stops and stop_at(stops)):
            return way(way_name).read(item_id)
