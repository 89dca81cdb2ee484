"""Keys and tags as words of a command line."""

from __future__ import annotations

import datetime
import uuid
from argparse import ArgumentTypeError
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from surecache.django._declare import Rows, Table, Tag
from surecache.django._scope import Scope
from surecache.django._tables import Source

if TYPE_CHECKING:
    from surecache.django._region import Region

__all__ = ["key_of", "pair", "tag"]

_BOOLS = {"true": True, "false": False}
_SCOPES = {"session": Scope.session, "tenant": Scope.tenant, "user": Scope.user}


def pair(text: str) -> tuple[str, str]:
    """``field=value``, taken apart."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ArgumentTypeError(f"wanted FIELD=VALUE, found: {text}")
    return name, value


def key_of(region: Region, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The key fields, each of its declared type. ``None`` is None where the field takes it.

    Raises:
        KeyFieldError: A field is missing, unknown or of another type than declared.
    """
    fields = region.declaration.fields
    found = {name: _typed(value, fields.get(name, str)) for name, value in pairs}
    region.declaration.check_key(found)
    return found


def tag(text: str) -> tuple[str, Any]:
    """What ends: its kind (``value``, ``rights`` or ``region``) and what is named."""
    kind, colon, name = text.partition(":")
    if colon and name:
        if kind in _SCOPES:
            return "value", _SCOPES[kind](_guessed(name))
        if kind == "rights":
            return "rights", _guessed(name)
        if kind == "region":
            return "region", name
        if kind == "tag":
            return "value", Tag(name)
    if "=" not in text:
        return "value", Table(text)
    named, _, first = text.partition("=")
    source, _, column = named.rpartition(".")
    if not source:
        raise ArgumentTypeError(f"wanted TABLE.COLUMN=VALUE, found: {text}")
    pairs = [pair(each) for each in f"{column}={first}".split(",")]
    where: dict[str, Any] = {name: _of_column(Source(source), name, value) for name, value in pairs}
    return "value", Rows(source, **where)


def _of_column(source: Source, column: str, value: str) -> object:
    wanted = source.type_of(column)
    return _guessed(value) if wanted is None else _typed(value, wanted)


def _typed(value: str, wanted: type) -> object:
    """The value of a type; the text itself where it is none, for the check that follows."""
    if value == "None":
        return None
    try:
        if wanted is int:
            return int(value)
        if wanted is bool:
            return _BOOLS[value.lower()]
        if wanted is bytes:
            return bytes.fromhex(value)
        if wanted is datetime.date:
            return datetime.date.fromisoformat(value)
        if wanted is uuid.UUID:
            return uuid.UUID(value)
    except (KeyError, ValueError):
        pass
    return value


def _guessed(value: str) -> object:
    """An integer or a UUID where it looks like one."""
    for wanted in (int, uuid.UUID):
        try:
            return wanted(value)
        except ValueError:
            continue
    return value
