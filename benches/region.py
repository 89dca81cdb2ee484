"""A region as it is read most of the time: its answers depend on a row each, and are all there."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from benches.values import BYTES, KINDS, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from surecache.django import Row, Tag


class Answers:
    """A region, and its answers, each told by its number. A read that is not a hit fails, but while
    they are filled in.
    """

    def __init__(
        self, alias: str, name: str, depends_on: Sequence[Row | Tag], kind: Kind = BYTES
    ) -> None:
        from surecache.django import Region, Scope

        self._kind = kind
        region = Region(
            f"bench_{alias}_{name}",
            key={"number": int},
            scope=Scope.public("figures of a benchmark"),
            ttl=3600,
            depends_on=depends_on,
            cache=alias,
        )

        def read(number: int) -> object:
            return region.get_or_load(_load, number=number)

        self.read: Final = read
        """The answer of a number, read as an application does it: by a function of its own."""

    def fill(self, numbers: Sequence[int]) -> None:
        """Loads an answer for each number; those that are there stay."""
        _filling.append(self._kind)
        try:
            for number in numbers:
                self.read(number)
        finally:
            _filling.pop()


_filling: Final[list[Kind]] = []
"""Of which kind answers are at present filled in."""


def _load(number: int) -> object:
    """The loader, which is a function of a module, as most are."""
    if not _filling:
        raise AssertionError(f"wanted a hit, found a miss: {number}")
    return _filling[-1].make(number)


@cache
def answers(alias: str, kind: str) -> Answers:
    """A region on a cache, of a kind of values; in each process the same."""
    from surecache.django import Row

    name = kind.replace(" ", "_")
    return Answers(alias, name, [Row("auth_user", id="number")], KINDS[kind])
