"""The fields of classes that hold fields: dataclasses and msgspec structs."""

from __future__ import annotations

import dataclasses
import typing
from typing import NamedTuple

from surecache._hints import type_name
from surecache.errors import DeclarationError

__all__ = ["Field", "fields_of", "is_struct"]


class Field(NamedTuple):
    """A field: its name in Python, its name on the wire, its type hint."""

    name: str
    wire: str
    hint: object
    required: bool


def is_struct(cls: type) -> bool:
    """True for a dataclass and for a msgspec struct."""
    return dataclasses.is_dataclass(cls) or hasattr(cls, "__struct_fields__")


def fields_of(cls: type) -> list[Field]:
    """The fields of such a class, in order.

    Raises:
        DeclarationError: An instance could not be made again from its fields.
    """
    try:
        hints = typing.get_type_hints(cls)
    except NameError as error:
        raise DeclarationError(
            f"wanted type hints that can be resolved in {type_name(cls)}, found: {error}"
        ) from error
    if dataclasses.is_dataclass(cls):
        return _of_dataclass(cls, hints)
    return _of_msgspec(cls, hints)


def _of_dataclass(cls: type, hints: dict[str, object]) -> list[Field]:
    fields = dataclasses.fields(cls)
    for field in fields:
        if not field.init:
            raise DeclarationError(
                f"wanted fields that the constructor takes, found init=False in "
                f"{type_name(cls)}: {field.name}"
            )
    for name, hint in hints.items():
        if hint is dataclasses.InitVar or isinstance(hint, dataclasses.InitVar):
            raise DeclarationError(
                f"wanted fields that an instance keeps, found InitVar in {type_name(cls)}: {name}"
            )
    missing = dataclasses.MISSING
    return [
        Field(
            field.name,
            field.name,
            hints[field.name],
            field.default is missing and field.default_factory is missing,
        )
        for field in fields
    ]


def _of_msgspec(cls: type, hints: dict[str, object]) -> list[Field]:
    from msgspec import structs

    config = cls.__struct_config__  # type: ignore[attr-defined]
    for option in ("array_like", "tag"):
        if getattr(config, option):
            raise DeclarationError(
                f"wanted a struct that is a map of its fields, found {option} in: {type_name(cls)}"
            )
    return [
        Field(field.name, field.encode_name, hints[field.name], field.required)
        for field in structs.fields(cls)
    ]
