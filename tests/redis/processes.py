"""Processes of a test's own that share its server: functions of this package run in them."""

from __future__ import annotations

import contextlib
import multiprocessing
import warnings
from collections.abc import Callable, Iterator
from multiprocessing.pool import AsyncResult
from typing import Any

import django
from django.conf import settings

PATIENCE_S = 20
"""Far beyond what anything here takes; a process that hangs is found by it."""


class Process:
    """A process with Django and one cache."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    def call(self, act: Callable[..., Any], *arguments: Any) -> Any:
        """Runs a function of a module and gives its value."""
        return self.start(act, *arguments).get(PATIENCE_S)

    def start(self, act: Callable[..., Any], *arguments: Any) -> AsyncResult[Any]:
        """Begins it; what it returns has `get`."""
        return self._pool.apply_async(act, arguments)


@contextlib.contextmanager
def process(location: str, **options: Any) -> Iterator[Process]:
    """Starts one that is ended, whatever it does, by the end of the block."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        started = Process(pool)
        started.call(_begin, location, options)
        yield started
    pool.join()


def _begin(location: str, options: dict[str, Any]) -> None:
    warnings.simplefilter("error")
    # Some functions fork, which is what they are about.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    cache = {
        "BACKEND": "surecache.django.SureCache",
        "LOCATION": location,
        "KEY_PREFIX": "shared",
        "OPTIONS": options,
    }
    settings.configure(
        SECRET_KEY="the secret of the tests",
        INSTALLED_APPS=["surecache.django"],
        CACHES={"default": cache},
    )
    django.setup()
