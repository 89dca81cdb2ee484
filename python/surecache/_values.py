"""Declared value types: dataclasses, msgspec structs and enums, told by their type hints.

A `Shape` is made once, from what a region declares by ``value=``. It turns an instance into plain
values of the codec before they are encoded (a map with the names of the fields, so that a Rust
struct reads it), and back. Where the hints say so, tuples and sets are arrays on the wire. Types
are matched exactly, as in the codec.
"""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import types
import typing
import uuid
from collections.abc import Callable, Hashable
from typing import Any, TypeAlias

from surecache._hints import type_name
from surecache._structs import Field, fields_of, is_struct
from surecache.errors import Corrupt, DeclarationError, ValueNotSupported

__all__ = ["Shape", "shape_of"]

Turn: TypeAlias = Callable[[Any], Any]
Types: TypeAlias = frozenset[type]


class Shape:
    """How values of a declared type are turned into plain ones and back."""

    def __init__(self, node: _Node) -> None:
        self._lower = node.lower or _check(node.allowed)
        self._lift = node.lift or _check(node.allowed)

    def lower(self, value: object) -> object:
        """The plain value of an instance.

        Raises:
            ValueNotSupported: A part is not of its declared type.
        """
        try:
            return self._lower(value)
        except _Mismatch as mismatch:
            raise ValueNotSupported(mismatch.text()) from None
        except RecursionError:
            text = "value: wanted containers in one another, at most 100, found more"
            raise ValueNotSupported(text) from None

    def lift(self, plain: object) -> object:
        """The instance of a plain value.

        Raises:
            Corrupt: The stored value is not of the declared type.
        """
        try:
            return self._lift(plain)
        except _Mismatch as mismatch:
            raise Corrupt(f"stored {mismatch.text()}") from None
        except Exception as error:
            text = "stored value: wanted one that the declared type takes, found another"
            raise Corrupt(text) from error


def shape_of(hint: object) -> Shape:
    """The shape of a declared type.

    Args:
        hint: What a region declares by ``value=``: a type, or a hint such as ``list[Profile]``.

    Raises:
        DeclarationError: Values of the type would not come back as they are.
    """
    return Shape(_Compiler().node(hint))


class _Mismatch(Exception):
    """A part is not of its declared type. `path` grows from the part outwards."""

    def __init__(self, wanted: str, found: str) -> None:
        super().__init__(wanted)
        self.wanted = wanted
        self.found = found
        self.path = ""

    def within(self, step: str) -> _Mismatch:
        self.path = step + self.path
        return self

    def text(self) -> str:
        return f"value{self.path}: wanted {self.wanted}, found: {self.found}"


@dataclasses.dataclass
class _Node:
    """A type hint, compiled. With neither turn its values are plain as they are."""

    allowed: Types | None = None
    lower: Turn | None = None
    lift: Turn | None = None


_SCALARS = (
    bool,
    bytes,
    datetime.date,
    datetime.datetime,
    datetime.time,
    datetime.timedelta,
    decimal.Decimal,
    int,
    str,
    types.NoneType,
    uuid.UUID,
)

# Hints that say nothing more than the type of the value.
_ALLOWED: dict[object, Types] = {
    **{scalar: frozenset([scalar]) for scalar in _SCALARS},
    None: frozenset([types.NoneType]),
    dict: frozenset([dict]),
    float: frozenset([float, int]),
    list: frozenset([list]),
}


class _Compiler:
    """Makes nodes; remembers classes, which may name one another or themselves."""

    def __init__(self) -> None:
        self._classes: dict[type, _Node] = {}

    def node(self, hint: object) -> _Node:
        if isinstance(hint, Hashable) and hint in _ALLOWED:
            return _Node(_ALLOWED[hint])
        arguments = typing.get_args(hint)
        origin = typing.get_origin(hint)
        if origin is typing.Annotated:
            return self.node(arguments[0])
        if origin is typing.Union or origin is types.UnionType:
            return self._union(hint, [self.node(member) for member in arguments])
        if origin in _CONTAINERS or hint in _CONTAINERS:
            return self._container(origin or hint, arguments)
        if isinstance(hint, type) and origin is None:
            return self._class(hint)
        supertype = getattr(hint, "__supertype__", None)
        return _Node() if supertype is None else self.node(supertype)

    def _union(self, hint: object, nodes: list[_Node]) -> _Node:
        turned = [node for node in nodes if node.lower is not None]
        if not turned:
            if any(node.allowed is None for node in nodes):
                return _Node()
            return _Node(frozenset[type]().union(*(node.allowed or () for node in nodes)))
        others = [node for node in nodes if node.lower is None]
        if len(turned) > 1 or any(node.allowed != _ALLOWED[None] for node in others):
            raise DeclarationError(
                f"wanted a declared type, alone or with None, found a union: {hint}"
            )
        return _Node(None, _optional(turned[0].lower), _optional(turned[0].lift))

    def _container(self, origin: object, arguments: tuple[object, ...]) -> _Node:
        if origin is dict:
            key, value = self._key(arguments[0]), self.node(arguments[1])
            return _Node(None, _dict_turn(key, value, "lower"), _dict_turn(key, value, "lift"))
        if origin is tuple and arguments and arguments[-1] is not Ellipsis:
            nodes = [self.node(argument) for argument in arguments if argument != ()]
            return _tuple_node(nodes)
        item = self.node(arguments[0]) if arguments else _Node()
        return _items_node(typing.cast("type", origin), item)

    def _key(self, hint: object) -> _Node:
        """Keys stay what they are, containers included: an array is no key."""
        if (typing.get_origin(hint) or hint) in (tuple, frozenset):
            return _Node()
        if isinstance(hint, type) and is_struct(hint):
            raise DeclarationError(f"wanted a plain type for keys, found: {type_name(hint)}")
        return self.node(hint)

    def _class(self, cls: type) -> _Node:
        if cls in (object, Any) or typing.is_typeddict(cls):
            return _Node()
        if cls in self._classes:
            return self._classes[cls]
        if issubclass(cls, enum.Enum):
            return _enum_node(cls)
        if not is_struct(cls):
            raise DeclarationError(
                "wanted a dataclass, a msgspec struct, an enum or a type of the codec, "
                f"found: {type_name(cls)}"
            )
        node = self._classes[cls] = _Node()
        members = fields_of(cls)
        # The turns are made first: a class that names itself finds them.
        plans: list[_Plan] = []
        node.lower, node.lift = _struct_lower(cls, plans), _struct_lift(cls, plans)
        plans.extend(_Plan(field, self.node(field.hint)) for field in members)
        return node


_CONTAINERS = (dict, frozenset, list, set, tuple)


class _Plan:
    """A field and what is done with its values."""

    def __init__(self, field: Field, node: _Node) -> None:
        self.name = field.name
        self.wire = field.wire
        self.required = field.required
        self.lower = node.lower or _field_check(node.allowed)
        self.lift = node.lift or _field_check(node.allowed)


def _struct_lower(cls: type, plans: list[_Plan]) -> Turn:
    def lower(value: object) -> dict[str, object]:
        if type(value) is not cls:
            raise _mismatch(cls, value)
        plain = {}
        for plan in plans:
            item = getattr(value, plan.name)
            try:
                plain[plan.wire] = item if plan.lower is None else plan.lower(item)
            except _Mismatch as mismatch:
                raise mismatch.within(f".{plan.name}") from None
        return plain

    return lower


def _struct_lift(cls: type, plans: list[_Plan]) -> Turn:
    def lift(plain: object) -> object:
        if type(plain) is not dict:
            raise _mismatch(dict, plain)
        found = {}
        for plan in plans:
            if plan.wire not in plain:
                if plan.required:
                    raise _Mismatch("each field", "none").within(f".{plan.wire}")
                continue
            item = plain[plan.wire]
            try:
                found[plan.name] = item if plan.lift is None else plan.lift(item)
            except _Mismatch as mismatch:
                raise mismatch.within(f".{plan.wire}") from None
        if len(found) != len(plain):
            unknown = sorted(map(repr, plain.keys() - {plan.wire for plan in plans}))
            raise _Mismatch(f"the fields of {type_name(cls)}", f"also {', '.join(unknown)}")
        return cls(**found)

    return lift


def _enum_node(cls: type[enum.Enum]) -> _Node:
    def lower(value: object) -> object:
        if not isinstance(value, enum.Enum) or type(value) is not cls:
            raise _mismatch(cls, value)
        return value.value

    return _Node(None, lower, cls)


def _items_node(kind: type, item: _Node) -> _Node:
    """A list, a set or a tuple of any length: an array on the wire."""
    lower, lift = _each(item.lower, item.allowed), _each(item.lift, item.allowed)

    def lower_all(value: Any) -> Any:
        if type(value) is not kind:
            raise _mismatch(kind, value)
        return lower(value)

    def lift_all(plain: Any) -> Any:
        if type(plain) is not list:
            raise _mismatch(list, plain)
        items = kind(lift(plain))
        if len(items) != len(plain):
            raise _Mismatch("each element once", "one twice")
        return items

    return _Node(None, lower_all, lift_all)


def _each(turn: Turn | None, allowed: Types | None) -> Turn:
    """All items, as a list; what is plain already is only looked at."""
    if turn is None and allowed is None:
        return list

    def check(items: Any) -> list[object]:
        listed = list(items)
        if not allowed or not allowed.issuperset(map(type, listed)):
            for index, item in enumerate(listed):
                _require(allowed, item, f"[{index}]")
        return listed

    def change(items: Any) -> list[object]:
        changed: list[object] = []
        for item in items:
            try:
                changed.append(turn(item))  # type: ignore[misc]
            except _Mismatch as mismatch:
                raise mismatch.within(f"[{len(changed)}]") from None
        return changed

    return check if turn is None else change


def _tuple_node(nodes: list[_Node]) -> _Node:
    """A tuple with a type for each place: an array on the wire."""

    def run(items: Any, turns: list[Turn | None]) -> list[object]:
        if len(items) != len(nodes):
            raise _Mismatch(f"items: {len(nodes)}", str(len(items)))
        changed: list[object] = []
        for item, turn in zip(items, turns, strict=True):
            try:
                changed.append(item if turn is None else turn(item))
            except _Mismatch as mismatch:
                raise mismatch.within(f"[{len(changed)}]") from None
        return changed

    lowers = [node.lower or _field_check(node.allowed) for node in nodes]
    lifts = [node.lift or _field_check(node.allowed) for node in nodes]

    def lower(value: Any) -> list[object]:
        if type(value) is not tuple:
            raise _mismatch(tuple, value)
        return run(value, lowers)

    def lift(plain: Any) -> tuple[object, ...]:
        if type(plain) is not list:
            raise _mismatch(list, plain)
        return tuple(run(plain, lifts))

    return _Node(None, lower, lift)


def _dict_turn(key: _Node, value: _Node, way: typing.Literal["lower", "lift"]) -> Turn:
    key_turn = getattr(key, way) or _field_check(key.allowed)
    value_turn = getattr(value, way) or _field_check(value.allowed)

    def turn(items: Any) -> dict[object, object]:
        if type(items) is not dict:
            raise _mismatch(dict, items)
        changed = {}
        for name, item in items.items():
            try:
                turned = name if key_turn is None else key_turn(name)
                changed[turned] = item if value_turn is None else value_turn(item)
            except _Mismatch as mismatch:
                raise mismatch.within(f"[{name!r}]") from None
        return changed

    return turn


def _optional(turn: Turn | None) -> Turn:
    def optional(value: object) -> object:
        return value if value is None or turn is None else turn(value)

    return optional


def _check(allowed: Types | None) -> Turn:
    return lambda value: _require(allowed, value, "")


def _field_check(allowed: Types | None) -> Turn | None:
    return None if allowed is None else _check(allowed)


def _require(allowed: Types | None, value: object, path: str) -> object:
    if allowed is not None and type(value) not in allowed:
        wanted = " or ".join(sorted(map(type_name, allowed)))
        raise _Mismatch(wanted, type_name(type(value))).within(path)
    return value


def _mismatch(wanted: type, found: object) -> _Mismatch:
    return _Mismatch(type_name(wanted), type_name(type(found)))
