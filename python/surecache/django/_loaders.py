"""A region has one loader: two would store different answers under one key."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Final

from asgiref.sync import iscoroutinefunction

from surecache.errors import Misuse

__all__ = ["Loaders"]


_NONE: Final = object()


class Loaders:
    """The loaders that a region was asked with: one plain, one asynchronous, one for many keys.

    A loader is told by where it stands in the source: a function that is made anew at each call is
    the same loader.
    """

    def __init__(self, region: str) -> None:
        self._region = region
        self._known: dict[str, object] = {}
        self.plain: object = _NONE
        """The code of the plain loader, for a check without a call."""
        self.usual: object = _NONE
        """The plain loader itself, where it holds nothing that should not be kept."""

    def check(self, loader: Callable[..., Any], flavour: str) -> None:
        """Takes a loader at its first use.

        Args:
            loader: What the caller wants to be called.
            flavour: ``plain``, ``many`` or ``asynchronous``.

        Raises:
            Misuse: It is another one than before, or none of the flavour.
        """
        known = self._known.get(flavour)
        if known is not None and known is getattr(loader, "__code__", None):
            return
        if flavour != "asynchronous" and iscoroutinefunction(loader):
            raise Misuse(
                f"region {self._region}: wanted a plain function to load, found a coroutine"
                " function\nhint: await region.aget_or_load(...)"
            )
        source = _source(loader)
        known = self._known.setdefault(flavour, source)
        if flavour == "plain" and inspect.iscode(known):
            self.plain = known
            if _holds_nothing(loader):
                self.usual = loader
        if known is not source:
            raise Misuse(
                f"region {self._region}: wanted one loader, found a second one"
                f"\nhint: one stands at {_place(known)}, the other at {_place(source)}"
            )


def _source(loader: object) -> object:
    """What stands in the source: the code of a function, or the class of an object."""
    while True:
        if isinstance(loader, functools.partial):
            loader = loader.func
        elif inspect.ismethod(loader):
            loader = loader.__func__
        elif hasattr(loader, "__wrapped__"):
            loader = loader.__wrapped__
        else:
            break
    if not callable(loader):
        raise Misuse(f"wanted a loader that can be called, found: {loader!r}")
    if isinstance(loader, type) or inspect.isbuiltin(loader):
        return loader
    return getattr(loader, "__code__", None) or type(loader)


def _holds_nothing(loader: object) -> bool:
    """Whether it is a function whose variables and defaults are nobody's."""
    held = ("__closure__", "__defaults__", "__kwdefaults__")
    return inspect.isfunction(loader) and all(getattr(loader, name) is None for name in held)


def _place(source: object) -> str:
    filename = getattr(source, "co_filename", None)
    if filename is not None:
        return f"{filename}:{source.co_firstlineno}"  # type: ignore[attr-defined]
    return f"{getattr(source, '__module__', '')}.{getattr(source, '__qualname__', source)}"
