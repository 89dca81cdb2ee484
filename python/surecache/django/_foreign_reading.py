"""Reads settings that were written for other caches; the tables say what is done about each."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from surecache.django._foreign_locations import location_of
from surecache.django._foreign_options import (
    LOCATION,
    OPTIONS,
    PACKAGES,
    PARTS,
    POOL,
    POOL_KWARGS,
    SETTINGS,
    UNKNOWN,
    Rule,
)
from surecache.django._refusals import Refusals
from surecache.django._spans import seconds
from surecache.errors import Misuse

__all__ = ["Reading", "check_settings", "translated"]

_NEVER_NONE = ("connect_timeout", "max_connections", "timeout")
"""None is without a bound elsewhere; here each has one."""


@dataclass
class Reading:
    """What was made of the settings of one cache."""

    location: object
    """As it is written here, where `is_located`."""
    options: dict[str, Any]
    """Under the names that they have here; what nobody knows is among them."""
    taken: list[tuple[str, Rule]] = field(default_factory=list)
    """What was written otherwise, and the rule that it was taken by."""
    refusals: Refusals = field(default_factory=Refusals)
    """What is refused, each with what to write instead."""
    is_located: bool = False
    """Whether the location is none of what is refused."""


def translated(location: object, options: Mapping[str, Any], own: Collection[str]) -> Reading:
    """Location and options as they are written here.

    Args:
        location: As it stands in the settings.
        options: The same.
        own: The names of options here.
    """
    known = {name for name in options if name in own}
    reading = Reading(location, {name: options[name] for name in options if name in known})
    names = {name: f"OPTIONS['{name}']" for name in known}
    parts: dict[str, Any] = {}
    refusals = reading.refusals
    with refusals:
        for name, written, rule, value in _foreign(options, known):
            with refusals:
                if rule is None:
                    reading.options[name] = value
                else:
                    _take(reading, parts, names, written, rule, value)
    with refusals:
        _check_sentinels(options)
    with refusals:
        reading.location = location_of(location, parts, names)
        reading.is_located = True
        if not parts and reading.location != location:
            reading.taken.append(("LOCATION", LOCATION))
    return reading


def _take(
    reading: Reading,
    parts: dict[str, Any],
    names: dict[str, str],
    written: str,
    rule: Rule,
    value: object,
) -> None:
    """Takes a value by its rule: as an option of here, or as a part of the location."""
    found = _taken(written, rule, value)
    if rule.to is not None and found is not None:
        if rule.to in names:
            raise Misuse(f"OPTIONS: wanted one of two, found both: {names[rule.to]}, {written}")
        names[rule.to] = written
        (parts if rule.to in PARTS else reading.options)[rule.to] = found
    if found is not None or rule.to is None:
        reading.taken.append((written, rule))


def check_settings(options: Mapping[str, Any]) -> None:
    """Refuses settings of django-redis and django-valkey that nobody reads, or not for this cache.

    Raises:
        Refused: All of them.
    """
    refusals = Refusals()
    for name in _unread():
        if name.removeprefix("DJANGO_REDIS_").removeprefix("DJANGO_VALKEY_") not in options:
            refusals.add(
                f"settings: wanted none that only {' or '.join(PACKAGES)} reads, found: {name}"
                f"\nhint: {SETTINGS[name]}"
            )
    refusals.tell()


@functools.cache
def _unread() -> list[str]:
    """The settings that a cache here would miss; asked for once: each task makes a cache."""
    setting_changed.connect(_forget, dispatch_uid="surecache.django._foreign_reading")
    found = [name for name in SETTINGS if hasattr(settings, name)]
    if any(_is_theirs(declared.get("BACKEND")) for declared in settings.CACHES.values()):
        # It may be meant for all caches, and would be missed in an outage only.
        return [name for name in found if name.endswith("_IGNORE_EXCEPTIONS")]
    return found


def _is_theirs(backend: object) -> bool:
    """True for a cache of one of the packages, or one that is made of theirs."""
    try:
        made = import_string(str(backend))
    except ImportError:
        return str(backend).startswith(PACKAGES)
    bases = made.__mro__ if isinstance(made, type) else ()
    return any(base.__module__.partition(".")[0] in PACKAGES for base in bases)


def _forget(**_: Any) -> None:
    _unread.cache_clear()


def _foreign(
    options: Mapping[str, Any], known: Collection[str]
) -> Iterator[tuple[str, str, Rule | None, object]]:
    """Name, how it is written, rule and value of each option that has another name here."""
    for name, value in options.items():
        written = f"OPTIONS['{name}']"
        if name == POOL_KWARGS:
            if not isinstance(value, Mapping):
                raise Misuse(f"{written}: wanted a dict, found: {type(value).__name__}")
            for kwarg, each in value.items():
                yield kwarg, f"{written}['{kwarg}']", POOL.get(kwarg, UNKNOWN), each
        elif name not in known:
            yield name, written, OPTIONS.get(name) or POOL.get(name), value


def _taken(written: str, rule: Rule, value: object) -> object:
    """The value as it is here.

    Raises:
        Misuse: It is refused.
    """
    if value is None and rule.to in _NEVER_NONE:
        raise Misuse(f"{written}: wanted a number, found: None\nhint: {rule.instead}")
    if rule.bounds is not None:
        return seconds(value, written, rule.bounds)
    if rule.values is None:
        return value
    named = f"{value.__module__}.{value.__qualname__}" if isinstance(value, type) else value
    for known, here in rule.values:
        if type(known) is type(named) and known == named:
            return here
    # Only what is one of several names is shown: anything else could be a secret.
    is_shown = isinstance(named, int) or (isinstance(named, str) and rule.values)
    found = named if is_shown else type(named).__name__
    wanted = "none" if not rule.values else "one of ours" if rule.to else "what is done anyway"
    raise Misuse(f"{written}: wanted {wanted}, found: {found}\nhint: {rule.instead}")


def _check_sentinels(options: Mapping[str, Any]) -> None:
    """Who asks sentinels says which."""
    for name in ("CLIENT_CLASS", "CONNECTION_FACTORY", "CONNECTION_POOL_CLASS"):
        if "Sentinel" in str(options.get(name)) and "SENTINELS" not in options:
            hint = OPTIONS["SENTINELS"].instead
            raise Misuse(
                f"OPTIONS['{name}']: wanted SENTINELS beside it, found: none\nhint: {hint}"
            )
