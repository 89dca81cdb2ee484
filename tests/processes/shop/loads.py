"""The loaders. What a load does between reading and returning is up to the act that reads."""

import contextlib
import time
import uuid
from collections.abc import Callable, Iterator
from contextvars import ContextVar

from tests.processes.shop import regions
from tests.processes.shop.models import Item
from tests.processes.shop.notes import note

_meanwhile: ContextVar[Callable[[], None]] = ContextVar("meanwhile", default=lambda: None)


@contextlib.contextmanager
def meanwhile(act: Callable[[], None]) -> Iterator[None]:
    """Loads of this context do something after they have read and before they return."""
    token = _meanwhile.set(act)
    try:
        yield
    finally:
        _meanwhile.reset(token)


def load(item_id: int) -> dict[str, str]:
    """The text of an item, and which load has read it."""
    return _loaded(read_text(item_id))


def load_item(item_id: int) -> dict[str, str]:
    """As `load`, at once and not noted: the inner part of a page."""
    return {"text": read_text(item_id)}


def load_page(item_id: int) -> dict[str, str]:
    """As `load`, by way of the region `item`."""
    return _loaded(regions.item.get_or_load(load_item, item_id=item_id)["text"])


def load_private(item_id: int) -> dict[str, str]:
    """As `load`, after a look at another region, which nobody would be told of."""
    regions.own.peek(item_id=item_id)
    return load(item_id)


def read_text(item_id: int) -> str:
    return Item.objects.values_list("text", flat=True).get(id=item_id)


def _loaded(text: str) -> dict[str, str]:
    serial = uuid.uuid4().hex
    note("load", serial=serial)
    began = time.monotonic()
    _meanwhile.get()()
    note("loaded", serial=serial, took=time.monotonic() - began)
    return {"text": text, "load": serial}
