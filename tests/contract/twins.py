"""The asynchronous flavour: the same tests, with every cache call made through its ``a`` twin.

The tests' module finds a cache in its globals ``cache`` and ``caches``. Here both hand out a
stand-in that runs ``cache.aget(...)`` on an event loop wherever the test says ``cache.get(...)``,
``ahas_key`` for ``in``, and that counts the calls, so that a run can show that it was one. The
loop is ``async_to_sync``'s, as in Django's own test cases: what a twin hands to a thread runs in
the test's thread, in which the test's transaction is.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

from asgiref.sync import async_to_sync
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache

TWINS = frozenset(
    name for name in vars(BaseCache) if asyncio.iscoroutinefunction(vars(BaseCache).get(f"a{name}"))
)
"""Every method of Django's cache contract that has an asynchronous twin."""

calls: Counter[str] = Counter()
"""How often each twin was really called."""


class Twin:
    """A cache whose methods are the asynchronous ones of ``backend``."""

    def __init__(self, backend: BaseCache) -> None:
        vars(self)["_backend"] = backend

    def __getattr__(self, name: str) -> Any:
        if name not in TWINS:
            return getattr(self._backend, name)

        def through_twin(*args: Any, **kwargs: Any) -> Any:
            async def call() -> Any:
                return await getattr(self._backend, f"a{name}")(*args, **kwargs)

            calls[f"a{name}"] += 1
            return async_to_sync(call)()

        return through_twin

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._backend, name, value)

    def __contains__(self, key: str) -> bool:
        return bool(self.has_key(key))


class _Twins:
    """Stands for ``django.core.cache.caches``."""

    def __getitem__(self, alias: str) -> Twin:
        return Twin(caches[alias])


class _Default(Twin):
    """Stands for ``django.core.cache.cache``: the default cache of the moment of the call."""

    def __init__(self) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name == "_backend":
            return caches["default"]
        return super().__getattr__(name)


def _patch_twin(target: str, *args: Any, **kwargs: Any) -> Any:
    """``mock.patch`` of a cache's method, turned to its twin."""
    owner, _, name = target.rpartition(".")
    return mock.patch(f"{owner}.a{name}" if name in TWINS else target, *args, **kwargs)


@contextmanager
def asynchronous(module: ModuleType) -> Any:
    """While it lasts, the tests in ``module`` reach caches through their twins."""
    stand_ins = {
        "cache": _Default(),
        "caches": _Twins(),
        "mock": SimpleNamespace(patch=_patch_twin),
    }
    with mock.patch.multiple(module, **stand_ins):
        yield
