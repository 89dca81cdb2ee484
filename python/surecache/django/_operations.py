"""Operations on collections: each written once, called directly or through its asynchronous twin.

A method says what is asked, as an `Asked`; `operation` makes it the synchronous call, and `twin`
the asynchronous one. A store of this machine answers on the event loop, a server on the loop's own
connection.
"""

from __future__ import annotations

import functools
from asyncio import get_running_loop
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from django.core.exceptions import SynchronousOnlyOperation

from surecache.django._twins import Twins
from surecache.django._wires import wire_of
from surecache.errors import Misuse, Unavailable

__all__ = ["Asked", "Operations", "each", "operation", "twin"]

_P = ParamSpec("_P")
_T = TypeVar("_T")
_Owner = TypeVar("_Owner", bound="Operations")


@dataclass(frozen=True)
class Asked(Generic[_T]):
    """One operation on the collections of a cache.

    Attributes:
        instead: What is given where the store is down and OPTIONS['IGNORE_EXCEPTIONS'] is set.
        name: What the engine knows it by.
        keys: Each with its version, in the order that the operation names.
        arguments: The rest.
        then: What the caller is given of the engine's answer, where it is not that itself.
    """

    instead: _T
    name: str
    keys: tuple[tuple[Any, int | None], ...]
    arguments: tuple[Any, ...] = ()
    then: Callable[[Any], _T] | None = None

    def given(self, answer: Any) -> _T:
        """What the caller is given."""
        return answer if self.then is None else self.then(answer)


class Operations(Twins):
    """What the collections of a cache are made of."""

    def _named(self, asked: Asked[Any]) -> list[str]:
        if not asked.keys:
            raise Misuse(f"{asked.name}: wanted at least one key, found: 0")
        return [self.make_and_validate_key(key, version) for key, version in asked.keys]

    def _collected(self, asked: Asked[_T]) -> _T:
        names = self._named(asked)
        try:
            answer = self.engine.collect(asked.name, names, asked.arguments)
        except Unavailable as error:
            return self._instead(asked.instead, error)
        return asked.given(answer)

    async def _acollected(self, asked: Asked[_T]) -> _T:
        if self.engine.is_local:
            return await self._answer(self._collected, asked)
        engine, names = self.engine, self._named(asked)
        try:
            wire = engine.wire(get_running_loop()) or await wire_of(engine)
            answer = await wire.collect(asked.name, names, asked.arguments)
        except SynchronousOnlyOperation:  # pickling a value has asked the database
            return await self._answer(self._collected, asked)
        except Unavailable as error:
            return self._instead(asked.instead, error)
        return asked.given(answer)


def operation(
    ask: Callable[Concatenate[_Owner, _P], Asked[_T]],
) -> Callable[Concatenate[_Owner, _P], _T]:
    """The synchronous call of an operation."""

    @functools.wraps(ask)
    def call(self: _Owner, /, *arguments: _P.args, **named: _P.kwargs) -> _T:
        return self._collected(ask(self, *arguments, **named))

    return call


def twin(
    call: Callable[Concatenate[_Owner, _P], _T],
) -> Callable[Concatenate[_Owner, _P], Awaitable[_T]]:
    """The asynchronous call of what `operation` made."""
    ask: Callable[..., Asked[_T]] = call.__wrapped__  # type: ignore[attr-defined]

    @functools.wraps(ask)
    async def acall(self: _Owner, /, *arguments: _P.args, **named: _P.kwargs) -> _T:
        return await self._acollected(ask(self, *arguments, **named))

    acall.__name__ = f"a{ask.__name__}"
    acall.__qualname__ = acall.__qualname__.replace(ask.__name__, acall.__name__)
    acall.__doc__ = f"See `{ask.__name__}`."
    return acall


def each(keys: Iterable[Any], version: int | None) -> tuple[tuple[Any, int | None], ...]:
    """Keys of one version."""
    return tuple((key, version) for key in keys)
