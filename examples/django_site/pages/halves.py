"""The two halves of the site by name, and a read of one of them with what it cost."""

import time
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from django.conf import settings
from django.http import Http404
from measured.loads import loads_here

MODULES = {"naive": "naive.services", "surecache": "sure.services"}


@dataclass(frozen=True)
class Read:
    """An answer of a service. `loaded`: this very call ran the loader; `took_ms`: the call."""

    value: Any
    loaded: bool
    took_ms: float


def load_half(name: str) -> ModuleType:
    """The services of one half.

    Raises:
        Http404: there is no such half, or it is not served.
    """
    if name not in settings.HALVES:
        raise Http404(f"wanted one of {', '.join(settings.HALVES)}, found: {name}")
    return import_module(MODULES[name])


def read(half: str, service: str, **key: Any) -> Read:
    """Calls the reading service of one half with its key."""
    call = getattr(load_half(half), service)
    loads_before, started = loads_here(), time.perf_counter()
    value = call(**key)
    took_ms = (time.perf_counter() - started) * 1000
    return Read(value, loaded=loads_here() > loads_before, took_ms=took_ms)
