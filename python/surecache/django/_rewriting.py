"""Brings plain values into the form that is written, while workers write and read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from surecache.errors import Misuse

if TYPE_CHECKING:
    from surecache.django._backend import SureCache

__all__ = ["Rewritten", "rewrite"]

_PAGE: Final = 1000
"""About how many keys are looked for at a time."""


@dataclass
class Rewritten:
    """What became of the values that stood in another form."""

    brought: int = 0
    """Those that stand in the form that is written now."""
    left: int = 0
    """Those that cannot be decoded here, or not encoded in that form, and stay as they are."""
    collections: int = 0
    """Sets, hashes, sorted sets and lists, which are no plain values and stay as they are."""


def rewrite(cache: SureCache) -> Rewritten:
    """Goes through all plain values of a namespace, of every version.

    A value that stands there all the while is brought over, with the time to live that it has. One
    that is written meanwhile is taken as it is then.

    Raises:
        Misuse: The cache has but one form.
        Unavailable: The server does not answer; what was brought over stays so.
    """
    if cache.settings.wire is None:
        raise Misuse("wanted a cache with OPTIONS['WIRE'], found one without")
    done, engine = Rewritten(), cache.engine
    cursor: bytes | None = b""
    while cursor is not None:
        names, cursor = engine.keys("*", cursor, _PAGE)
        for name in names:
            became = engine.rewrite(name)
            done.brought += became == "brought"
            done.left += became == "left"
            done.collections += became == "collection"
    return done
