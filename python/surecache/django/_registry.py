"""All declared regions of this process, by name."""

from __future__ import annotations

import sys
from types import FrameType
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from surecache.errors import DeclarationError, Misuse

if TYPE_CHECKING:
    from surecache.django._region import Region

__all__ = ["add", "all_regions", "databases_of", "place_of_caller", "region_named"]

_regions: WeakValueDictionary[str, Region] = WeakValueDictionary()


def add(region: Region) -> None:
    """Takes a region.

    Raises:
        DeclarationError: There is another one of the same name.
    """
    other = _regions.setdefault(region.name, region)
    if other is not region:
        raise DeclarationError(
            f"wanted each region once, found a second one: {region.name}"
            f"\nhint: one stands at {other.place}, the other at {region.place}"
        )


def all_regions() -> list[Region]:
    """The regions in the order of their names."""
    return [region for _, region in sorted(_regions.items())]


def region_named(name: str) -> Region:
    """The region of a name.

    Raises:
        Misuse: There is none.
    """
    region = _regions.get(name)
    if region is None:
        names = ", ".join(sorted(_regions)) or "none"
        raise Misuse(f"wanted a region ({names}), found: {name}")
    return region


def databases_of(table: str) -> set[str]:
    """The aliases under which regions depend on a table."""
    found: set[str] = set()
    for region in _regions.values():
        found |= region.tables.get(table, frozenset())
    return found


def place_of_caller() -> str:
    """File and line of the first caller outside of this package."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith("surecache.django"):
        frame = frame.f_back
    return "an unknown place" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"
