"""Tables and columns as Django's models name them, and as the database does."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models, router
from django.db.utils import DEFAULT_DB_ALIAS

from surecache.errors import DeclarationError, KeyFieldError

__all__ = ["Source", "model_of_table"]

_TYPES: tuple[tuple[type[models.Field[Any, Any]], type], ...] = (
    (models.BooleanField, bool),
    (models.IntegerField, int),
    (models.CharField, str),
    (models.TextField, str),
    (models.UUIDField, uuid.UUID),
    (models.DateField, datetime.date),
)


@dataclass(frozen=True)
class Source:
    """Where rows lie: a model, ``"app_label.Model"``, or the name of a table."""

    named: type[models.Model] | str

    def __post_init__(self) -> None:
        named = self.named
        if isinstance(named, str) and named:
            return
        if not isinstance(named, type) or not issubclass(named, models.Model):
            raise DeclarationError(f"wanted a model or the name of a table, found: {named!r}")
        if named._meta.abstract:
            raise DeclarationError(f"wanted a model with a table, found an abstract one: {named!r}")

    def __str__(self) -> str:
        return self.named if isinstance(self.named, str) else self.named._meta.label

    @property
    def model(self) -> type[models.Model] | None:
        """The model; None for a table that no installed model has.

        Raises:
            DeclarationError: No such model is installed.
        """
        if not isinstance(self.named, str):
            return self.named
        if "." not in self.named:
            return model_of_table(self.named)
        try:
            return apps.get_model(self.named)
        except (LookupError, ValueError) as error:
            raise DeclarationError(
                f"wanted a table, or an installed model as app_label.Model, found: {self.named}"
            ) from error

    @property
    def table(self) -> str:
        """The table's name in the database."""
        model = self.model
        return str(self.named) if model is None else model._meta.db_table

    @property
    def database(self) -> str:
        """The alias that writes to it go to."""
        if self.model is None:
            return DEFAULT_DB_ALIAS
        return router.db_for_write(self.model)

    def column(self, name: str) -> str:
        """The column of a field: by the field's name, its attribute, or the column's own.

        Raises:
            DeclarationError: There is none, or none whose values a tag can hold.
        """
        field = self._field(name)
        if field is None:
            return name
        self._type(field)
        return str(field.column)

    def type_of(self, name: str) -> type | None:
        """The type of a column's values; None where the model is not known."""
        field = self._field(name)
        return None if field is None else self._type(field)

    def check_value(self, name: str, value: object) -> None:
        """Refuses a value that no row can have.

        Raises:
            KeyFieldError: It is of another type than the column.
        """
        field = self._field(name)
        if field is None or value is None:
            return
        wanted = self._type(field)
        if type(value) is not wanted:
            found = type(value).__name__
            hint = f"{name}=value.pk" if isinstance(value, models.Model) else None
            hint = hint or f"{wanted.__name__}(...) before it is named"
            raise KeyFieldError(
                f"{self}.{name}: wanted {wanted.__name__}, found: {found}\nhint: {hint}"
            )

    def check_type(self, name: str, declared: type) -> None:
        """Refuses a key field of another type than the column.

        Raises:
            DeclarationError: Their values can never be equal.
        """
        field = self._field(name)
        if field is not None and self._type(field) is not declared:
            raise DeclarationError(
                f"{self}.{name}: wanted a key field of {self._type(field).__name__},"
                f" found: {declared.__name__}"
            )

    def _field(self, name: str) -> models.Field[Any, Any] | None:
        if self.model is None:
            return None
        fields = _fields(self.model)
        if name not in fields:
            names = ", ".join(sorted({field.name for field in fields.values()}))
            raise DeclarationError(f"{self}: wanted a column of its table ({names}), found: {name}")
        return fields[name]

    def _type(self, field: models.Field[Any, Any]) -> type:
        while field.remote_field is not None:
            field = field.target_field  # type: ignore[attr-defined]
        for kind, value_type in _TYPES:
            if isinstance(field, kind) and not isinstance(field, models.DateTimeField):
                return value_type
        raise DeclarationError(
            f"{self}.{field.name}: wanted a column of int, str, bool, UUID or date,"
            f" found: {type(field).__name__}"
        )


def model_of_table(table: str) -> type[models.Model] | None:
    """The installed model of a table, those between models included; None where there is none, or
    where the models are not all loaded yet.
    """
    return _models_by_table().get(table) if apps.models_ready else None


@cache
def _models_by_table() -> dict[str, type[models.Model]]:
    installed = apps.get_models(include_auto_created=True)
    return {model._meta.db_table: model for model in installed if not model._meta.proxy}


def _fields(model: type[models.Model]) -> dict[str, models.Field[Any, Any]]:
    """The fields whose columns lie in the model's own table, by all of their names."""
    meta = (model._meta.concrete_model or model)._meta
    fields = {"pk": meta.pk}
    for field in meta.local_concrete_fields:
        fields[str(field.column)] = fields[field.attname] = fields[field.name] = field
    return fields
