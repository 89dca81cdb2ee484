"""The opened engines of this process: one for all aliases and threads that mean the same store.

Django makes a cache object for each thread and alias; they share an engine here. An engine lives
as long as the process and works on in forked children.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from asgiref.local import Local
from django.conf import settings as django_settings
from django.core.cache import caches
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from surecache._core import Engine, Tag
from surecache.django import _events
from surecache.errors import Misuse, SurecacheError

if TYPE_CHECKING:
    from surecache.django.conf import Settings

__all__ = [
    "all_engines",
    "declared_caches",
    "end_in",
    "of_alias",
    "open_engine",
    "prefixes",
    "settings_of_caches",
]

opened: dict[str, tuple[Engine, Settings]] = {}
"""Engine and settings of each alias that was asked for; another dict once the settings change."""

_engines: dict[tuple[object, ...], Engine] = {}
_known_aliases: list[str] = []
_lock: threading.Lock | None = None


def open_engine(settings: Settings) -> Engine:
    """The engine of a store, opened at the first call.

    Raises:
        Misuse: The location or an option makes no sense.
        Unavailable: The store cannot be opened.
    """
    engine = _engines.get(settings.store)
    if engine is not None:
        return engine
    with _opening():
        engine = _engines.get(settings.store)
        if engine is None:
            form = None if settings.wire is None else settings.wire.make()
            engine = Engine(settings.config(), form)
            engine.on_event(_events.log, _events.log_trouble)
            atexit.register(_leave_numbers, engine)
            _engines[settings.store] = engine
    return engine


def of_alias(alias: str) -> tuple[Engine, Settings]:
    """The engine and the settings of an alias.

    Raises:
        Misuse: The alias is none of a SureCache.
    """
    found = opened.get(alias)
    if found is None:
        from surecache.django._backend import SureCache

        setting_changed.connect(_forget, dispatch_uid="surecache.django._engines")
        cache = caches[alias]
        if not isinstance(cache, SureCache):
            name = f"{type(cache).__module__}.{type(cache).__qualname__}"
            raise Misuse(f"cache {alias}: wanted surecache.django.SureCache, found: {name}")
        found = opened[alias] = (cache.engine, cache.settings)
    return found


def all_engines() -> tuple[list[Engine], Exception | None]:
    """The engine of every SureCache in the settings, once each; why the first of those that cannot
    be opened could not.
    """
    found: list[Engine] = []
    failure: Exception | None = None
    for alias in _aliases():
        try:
            engine, _ = of_alias(alias)
        except Exception as error:
            failure = failure or error
        else:
            if engine not in found:
                found.append(engine)
    return found, failure


def end_in(engines: Iterable[Engine], tags: list[Tag]) -> None:
    """Ends answers by their tags in all of them: one that fails keeps no other from its turn.

    Raises:
        Unavailable: One of them did not take it: the first that did not.
    """
    first: Exception | None = None
    for engine in engines:
        try:
            engine.invalidate(tags)
        except Exception as error:
            first = first or error
    if first is not None:
        raise first


def prefixes() -> set[str]:
    """The KEY_PREFIX of every SureCache in the settings, whether or not it can be opened."""
    declared = settings_of_caches()
    return {declared[alias].get("KEY_PREFIX", "") for alias in _aliases()}


def declared_caches() -> list[tuple[str, dict[str, Any]]]:
    """Alias and settings of each SureCache in the settings."""
    from surecache.django._backend import SureCache

    found = []
    for alias, declared in settings_of_caches().items():
        try:
            backend = import_string(declared.get("BACKEND", ""))
        except ImportError:
            continue
        if isinstance(backend, type) and issubclass(backend, SureCache):
            found.append((alias, declared))
    return found


def settings_of_caches() -> dict[str, dict[str, Any]]:
    """All of CACHES."""
    return dict(django_settings.CACHES)


def _aliases() -> list[str]:
    if not _known_aliases:
        setting_changed.connect(_forget, dispatch_uid="surecache.django._engines")
        _known_aliases.extend(alias for alias, _ in declared_caches())
    return _known_aliases


def _opening() -> threading.Lock:
    """The lock of this process: one that another thread held at a fork stays locked for ever."""
    global _lock
    if _lock is None:
        _lock = threading.Lock()
        os.register_at_fork(after_in_child=_renew)
    return _lock


def _renew() -> None:
    """Makes anew what a forked child may have inherited locked for ever: the lock here, and the one
    behind which Django keeps each thread's cache objects.
    """
    global _lock
    _lock = threading.Lock()
    caches._connections = Local(caches.thread_critical)  # type: ignore[attr-defined]


def _leave_numbers(engine: Engine) -> None:
    """What was counted since the last second, at the end of the process."""
    with contextlib.suppress(SurecacheError):
        engine.report()


def _forget(*, setting: str, **_: Any) -> None:
    global opened
    if setting in ("CACHES", "SECRET_KEY", "SECRET_KEY_FALLBACKS"):
        opened = {}
        _known_aliases.clear()
