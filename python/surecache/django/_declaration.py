"""What a region declares, checked where it stands."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from surecache._core import KeyFields
from surecache._core import Region as CoreRegion
from surecache._values import Shape, shape_of
from surecache.django import _spans
from surecache.django._declare import Dependency, Row, Rows, Table, Tag
from surecache.django._scope import Scope, Uncacheable
from surecache.errors import DeclarationError

if TYPE_CHECKING:
    from surecache._core import Engine
    from surecache.django.conf import Settings

__all__ = ["Declaration"]

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_VERSION_LIMIT = 2**32


@dataclass(frozen=True)
class Declaration:
    """The checked declaration of a region."""

    name: str
    fields: Mapping[str, type]
    """The key fields, each with its type; None left out."""
    core_fields: KeyFields
    scope: list[tuple[str, str, bool]]
    depends_on: tuple[Dependency, ...]
    shape: Shape | None
    version: int
    ttl: float | None
    stale_while_revalidate: float
    stale_if_error: float
    wait: float | None
    lease: float | None
    codec: str

    @classmethod
    def of(
        cls,
        name: object,
        *,
        key: object,
        scope: object,
        ttl: object,
        depends_on: Iterable[object],
        value: object,
        version: object,
        stale_while_revalidate: object,
        stale_if_error: object,
        wait: object,
        lease: object,
        codec: object,
    ) -> Declaration:
        """Checks a declaration.

        Raises:
            DeclarationError: Something cannot be right; says what was wanted and found.
        """
        region = _name(name)
        core_fields, fields = _fields(region, key)
        principals = _scope(region, scope, fields)

        def span(given: object, what: str, bounds: _spans.Bounds) -> float:
            where = f"region {region}, {what}"
            return _spans.seconds(given, where, bounds, error=DeclarationError)

        found = cls(
            name=region,
            fields=fields,
            core_fields=core_fields,
            scope=principals,
            depends_on=_depends_on(region, depends_on, fields),
            shape=None if value is None else shape_of(value),
            version=_version(region, version),
            ttl=None if ttl is None else span(ttl, "ttl", _spans.TTL),
            stale_while_revalidate=span(
                stale_while_revalidate, "stale_while_revalidate", _spans.STALE
            ),
            stale_if_error=span(stale_if_error, "stale_if_error", _spans.STALE),
            wait=None if wait is None else span(wait, "wait", _spans.WAIT),
            lease=None if lease is None else span(lease, "lease", _spans.LEASE),
            codec=_codec(region, codec),
        )
        found._check_rights()
        return found

    def bind(self, engine: Engine, database: str, settings: Settings) -> CoreRegion:
        """The region in an engine.

        Raises:
            DeclarationError: A model has no such column, or the core refuses the declaration.
        """
        for dependency in self.depends_on:
            dependency.check_columns(self.fields)
        return CoreRegion(
            engine,
            self.name,
            version=self.version,
            fields=self.core_fields,
            scope=self.scope,
            depends=[dependency.declared(database) for dependency in self.depends_on],
            ttl=self.ttl,
            stale_while_revalidate=self.stale_while_revalidate,
            stale_if_error=self.stale_if_error,
            wait=settings.wait if self.wait is None else self.wait,
            lease=settings.lease if self.lease is None else self.lease,
            codec=self.codec,
            structs=self.shape,
        )

    def check_key(self, key: Mapping[str, Any]) -> None:
        """Refuses a key that is none of this region.

        Raises:
            KeyFieldError: A field is missing, unknown or of another type than declared.
        """
        self.core_fields.encode(**key)

    def tables(self, database: str) -> Mapping[str, frozenset[str]]:
        """The tables that are depended on, each with the aliases of its databases."""
        found: dict[str, frozenset[str]] = {}
        for dependency in self.depends_on:
            if not isinstance(dependency, Tag):
                table = dependency.source.table
                alias = dependency.database or database
                found[table] = found.get(table, frozenset()) | {alias}
        return found

    def _check_rights(self) -> None:
        stale = max(self.stale_while_revalidate, self.stale_if_error)
        if stale > 0 and any(authz for _, _, authz in self.scope):
            raise DeclarationError(
                f"region {self.name}: wanted no stale answers where rights decide, found: {stale} s"
                "\nhint: drop stale_while_revalidate and stale_if_error, or authz from the scope"
            )


def _name(name: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise DeclarationError(
            f"wanted a region name of 1 to 200 letters, digits, '_', '-' or '.', found: {name!r}"
        )
    return name


def _fields(region: str, key: object) -> tuple[KeyFields, dict[str, type]]:
    if not isinstance(key, Mapping):
        raise DeclarationError(
            f"region {region}: wanted a dict of key fields and their types, found: {key!r}"
        )
    core = KeyFields(region, dict(key))
    return core, {name: _type(hint) for name, hint in key.items()}


def _type(hint: Any) -> type:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        hint = next(member for member in typing.get_args(hint) if member is not types.NoneType)
    return typing.cast("type", hint)


def _scope(region: str, scope: object, fields: Mapping[str, type]) -> list[tuple[str, str, bool]]:
    if isinstance(scope, Uncacheable):
        return []
    if isinstance(scope, Scope):
        return scope.declared(region, fields)
    found = "none" if scope is None else repr(scope)
    raise DeclarationError(
        f"region {region}: wanted a scope, which says who may be given the answer, found: {found}"
        "\nhint: scope=Scope.user(field), Scope.tenant(field), Scope.session(field), joined with &;"
        " or Scope.public(reason)"
    )


def _depends_on(
    region: str, depends_on: object, fields: Mapping[str, type]
) -> tuple[Dependency, ...]:
    if isinstance(depends_on, Rows | Table | Tag | str) or not isinstance(depends_on, Iterable):
        raise DeclarationError(
            f"region {region}: wanted a list of Row, Rows, Table or Tag, found: {depends_on!r}"
        )
    found = tuple(depends_on)
    for dependency in found:
        if not isinstance(dependency, Row | Rows | Table | Tag):
            raise DeclarationError(
                f"region {region}, depends_on: wanted Row, Rows, Table or Tag,"
                f" found: {dependency!r}"
            )
        dependency.check_fields(region, fields)
    return found


def _version(region: str, version: object) -> int:
    if type(version) is not int or not 0 <= version < _VERSION_LIMIT:
        raise DeclarationError(
            f"region {region}, version: wanted an int from 0 to 2**32 - 1, found: {version!r}"
        )
    return version


def _codec(region: str, codec: object) -> str:
    if codec not in ("msgpack", "pickle"):
        raise DeclarationError(
            f"region {region}, codec: wanted msgpack or pickle, found: {codec!r}"
        )
    return str(codec)
