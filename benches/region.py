"""A region as it is read most of the time: its answers depend on a row each, and are all there."""

from __future__ import annotations

from collections.abc import Callable

from benches.values import KEYS, Value

Read = Callable[[int], object]


def filled(name: str, value: Value) -> Read:
    """A region of the default cache with an answer for each key; the read fails on a miss."""
    from surecache.django import Region, Row, Scope

    values = Region(
        name,
        key={"number": int},
        scope=Scope.public("figures of a benchmark"),
        ttl=3600,
        depends_on=[Row("auth_user", id="number")],
    )
    loads = 0

    def load(number: int) -> dict[str, object]:
        nonlocal loads
        loads += 1
        if loads > KEYS:
            raise AssertionError(f"wanted a hit, found a miss: {number}")
        return value(number)

    def read(number: int) -> object:
        return values.get_or_load(load, number=number)

    for number in range(KEYS):
        read(number)
    return read
