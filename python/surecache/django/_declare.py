"""What answers depend on: rows, tables and named things.

The same words stand in declarations, where a column is given the name of a key field, and in
`invalidate` and `depends`, where it is given a value.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import combinations
from types import MappingProxyType
from typing import Any, TypeAlias

from django.db import models

from surecache._core import Tag as CoreTag
from surecache.django._tables import Source
from surecache.errors import DeclarationError, Misuse

__all__ = ["Dependency", "Row", "Rows", "Table", "Tag"]

SCHEMA = ""
"""The one that the connection finds first."""

COLUMNS_LIMIT = 6
"""Columns of one `Rows`: each combination of them is a tag of its own."""

Model: TypeAlias = type[models.Model] | str


class Rows:
    """The rows of a table in which each of the columns has its value.

    Args:
        source: A model, ``"app_label.Model"`` or the name of a table.
        columns: The columns whose changes matter; all of them if not given. An `invalidate` names
            what has changed by itself and does not look at it.
        database: The alias of the database. In a declaration: the region's; else the one that
            writes to the model go to.
        where: In a declaration, column = name of a key field; elsewhere, column = value.
    """

    def __init__(
        self,
        source: Model | models.Model,
        /,
        *,
        columns: Collection[str] | None = None,
        database: str | None = None,
        **where: object,
    ) -> None:
        if isinstance(source, models.Model):
            source, where = _of_instance(source, where)
        self.source = Source(source)
        self.database = database
        self.where: Mapping[str, object] = MappingProxyType(dict(where))
        if not 1 <= len(where) <= COLUMNS_LIMIT:
            raise DeclarationError(
                f"{self}: wanted 1 to {COLUMNS_LIMIT} columns, found: {len(where)}"
                f"\nhint: Table({self.source}) is the whole table"
            )
        if isinstance(columns, str):
            raise DeclarationError(f"{self}: wanted a list of columns, found: {columns!r}")
        self.columns = None if columns is None else tuple(columns)

    def __repr__(self) -> str:
        where = ", ".join(f"{column}={value!r}" for column, value in self.where.items())
        return f"{type(self).__name__}({self.source}, {where})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash((self.source, self.database, tuple(self.where.items())))

    def check_fields(self, region: str, fields: Mapping[str, type]) -> None:
        """Refuses a declaration that does not name key fields.

        Raises:
            DeclarationError: It names another, or one whose type no column tag can have.
        """
        for column, field in self.where.items():
            if not isinstance(field, str) or field not in fields:
                names = ", ".join(fields) or "none"
                raise DeclarationError(
                    f"region {region}, {self}: wanted the name of a key field ({names})"
                    f" for {column}, found: {field!r}"
                )
            if fields[field] is bytes:
                raise DeclarationError(
                    f"region {region}, {self}: wanted a key field of int, str, bool, UUID or date"
                    f" for {column}, found: bytes"
                )

    def check_columns(self, fields: Mapping[str, type]) -> None:
        """Refuses columns that the model does not have, or has with another type.

        Raises:
            DeclarationError: Says which.
        """
        for column, field in self.where.items():
            self.source.check_type(column, fields[str(field)])
        for column in self.columns or ():
            self.source.column(column)

    def declared(self, database: str) -> tuple[Any, ...]:
        """What the core is told of a declaration."""
        columns = [(self.source.column(column), field) for column, field in self.where.items()]
        return ("rows", self.database or database, SCHEMA, self.source.table, columns)

    def stamped(self, database: str) -> list[CoreTag]:
        """The tags of an answer that depends on these rows."""
        table = self.source.table
        overflow = CoreTag.table_overflow(database, SCHEMA, table)
        return [CoreTag.rows(database, SCHEMA, table, self._values()), overflow]

    def ended(self, database: str) -> list[CoreTag]:
        """The tags that a change of these rows ends: those of each combination of the columns, and
        that of the table.
        """
        table, values = self.source.table, self._values()
        counts = range(1, len(values) + 1)
        chosen = (list(some) for count in counts for some in combinations(values, count))
        rows = [CoreTag.rows(database, SCHEMA, table, some) for some in chosen]
        return [*rows, CoreTag.table(database, SCHEMA, table)]

    def _values(self) -> list[tuple[str, Any]]:
        for column, value in self.where.items():
            self.source.check_value(column, value)
        return [(self.source.column(column), value) for column, value in self.where.items()]


class Row(Rows):
    """One row of a table: `Rows` of a column whose values are unique.

    An instance of a model stands for its own row.
    """


class Table:
    """A whole table: any change of it. Arguments as in `Rows`."""

    def __init__(self, source: Model, /, *, database: str | None = None) -> None:
        self.source = Source(source)
        self.database = database

    def __repr__(self) -> str:
        return f"Table({self.source})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash((self.source, self.database))

    def check_fields(self, region: str, fields: Mapping[str, type]) -> None:
        """Nothing to refuse: a table takes no key field."""

    def check_columns(self, fields: Mapping[str, type]) -> None:
        """Refuses a model that is not installed."""
        _ = self.source.table

    def declared(self, database: str) -> tuple[Any, ...]:
        """What the core is told of a declaration."""
        return ("table", self.database or database, SCHEMA, self.source.table)

    def stamped(self, database: str) -> list[CoreTag]:
        """The tags of an answer that depends on the table."""
        return [CoreTag.table(database, SCHEMA, self.source.table)]

    def ended(self, database: str) -> list[CoreTag]:
        """The tags that a change of unknown rows ends: the table's, and all of its rows'."""
        table = self.source.table
        overflow = CoreTag.table_overflow(database, SCHEMA, table)
        return [CoreTag.table(database, SCHEMA, table), overflow]


class Tag:
    """Something outside the database, by a name of the application's choice."""

    def __init__(self, name: str, /) -> None:
        if not isinstance(name, str) or not name:
            raise DeclarationError(f"Tag: wanted a name, found: {name!r}")
        self.name = name

    def __repr__(self) -> str:
        return f"Tag({self.name!r})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash(self.name)

    def check_fields(self, region: str, fields: Mapping[str, type]) -> None:
        """Nothing to refuse: a name takes no key field."""

    def check_columns(self, fields: Mapping[str, type]) -> None:
        """Nothing to refuse: a name has no columns."""

    def declared(self, database: str) -> tuple[Any, ...]:
        """What the core is told of a declaration."""
        return ("named", self.name)

    def tag(self) -> CoreTag:
        """The one tag."""
        return CoreTag.named(self.name)


Dependency: TypeAlias = Rows | Table | Tag


def _of_instance(
    instance: models.Model, where: Mapping[str, object]
) -> tuple[type[models.Model], dict[str, object]]:
    if where:
        raise DeclarationError(f"wanted an instance alone, found also: {', '.join(where)}")
    if instance.pk is None:
        raise Misuse(f"wanted an instance with a primary key, found: {instance!r}")
    # A lazy object, such as a request's user, tells its class when it is asked.
    return instance.__class__, {"pk": instance.pk}
