"""The ways to an answer: regions by name, and ``plain`` keys."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.cache import cache
from surecache.django import ABSENT, Region, Row, invalidate

from tests.processes.shop import loads, regions
from tests.processes.shop.models import Item

TIMEOUT = 300


@dataclass(frozen=True)
class RegionWay:
    region: Region
    load: Callable[..., dict] = loads.load

    def read(self, item_id: int) -> dict:
        return self.region.get_or_load(self.load, item_id=item_id)

    def peek(self, item_id: int) -> dict | None:
        found = self.region.peek(item_id=item_id)
        return None if found is ABSENT else found

    def end(self, item_id: int) -> None:
        """Ends the answer."""
        self.region.invalidate(item_id=item_id)


@dataclass(frozen=True)
class RowWay(RegionWay):
    """A region whose answers rest on a row, by declaration or by way of another region."""

    def end(self, item_id: int) -> None:
        """Names the row and nothing else."""
        invalidate(Row(Item, id=item_id))


@dataclass(frozen=True)
class PlainWay:
    def read(self, item_id: int) -> dict:
        return cache.get_or_set(_key(item_id), lambda: loads.load(item_id), TIMEOUT)

    def peek(self, item_id: int) -> dict | None:
        return cache.get(_key(item_id))

    def end(self, item_id: int) -> None:
        cache.delete(_key(item_id))


@dataclass(frozen=True)
class ReplacedWay(PlainWay):
    """Plain keys of which the writer stores the new value."""

    def end(self, item_id: int) -> None:
        cache.set(_key(item_id), {"text": loads.read_text(item_id), "load": "none"}, TIMEOUT)


def way(name: str) -> RegionWay | PlainWay:
    return WAYS[name]


def _key(item_id: int) -> str:
    return f"item:{item_id}"


WAYS = {
    "brief": RegionWay(regions.brief),
    "impatient": RegionWay(regions.impatient),
    "own": RegionWay(regions.own),
    "page": RowWay(regions.page, loads.load_page),
    "plain": PlainWay(),
    "private": RegionWay(regions.private, loads.load_private),
    "replaced": ReplacedWay(),
    "row": RowWay(regions.row),
}
