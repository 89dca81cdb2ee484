"""Words for values that the safe codec does not take: what was found, and what to do."""

from __future__ import annotations

import dataclasses
import enum
import types

from surecache.errors import ValueNotSupported

__all__ = ["type_name", "unsupported"]

_ANY = (
    "None, bool, int, float, str, bytes, list, tuple, dict, set, frozenset, datetime, date, time, "
    "timedelta, Decimal or UUID"
)

_PLAIN_COPY = {
    str: "str.__str__(text) is the plain text",
    bytes: "bytes(data)",
    int: "int(value)",
    float: "float(value)",
    dict: "dict(mapping)",
    list: "list(items)",
    tuple: "tuple(items), or a dataclass declared by value=",
    set: "set(items)",
    frozenset: "frozenset(items)",
}


def unsupported(path: str, value: object) -> ValueNotSupported:
    """The exception for a part of a value that is of no type of the codec.

    Args:
        path: Where in the value the part lies, such as ``value.items[3]``.
        value: The part.
    """
    wanted, hint = _advice(value)
    text = f"{path}: wanted {wanted}, found: {type_name(type(value))}"
    return ValueNotSupported(f"{text}\nhint: {hint}" if hint else text)


def type_name(cls: type) -> str:
    """The name of a type, with its module where it is no builtin."""
    if cls.__module__ == "builtins":
        return cls.__qualname__
    return f"{cls.__module__}.{cls.__qualname__}"


def _advice(value: object) -> tuple[str, str | None]:
    cls = type(value)
    if dataclasses.is_dataclass(cls) or hasattr(cls, "__struct_fields__"):
        return "a declared type", f"Region(..., value={cls.__qualname__}) declares it"
    if isinstance(value, enum.Enum):
        return _ANY, "its .value, or a dataclass declared by value= with this field"
    for base, hint in _PLAIN_COPY.items():
        if isinstance(value, base):
            return f"{base.__name__} itself, no subclass", hint
    return _ANY, _by_nature(value)


def _by_nature(value: object) -> str | None:
    cls = type(value)
    if hasattr(cls, "_meta") and hasattr(cls, "objects"):
        return "a dict of the fields that are needed, such as .values() gives"
    if isinstance(value, bytearray | memoryview):
        return "bytes(data)"
    if hasattr(cls, "tolist"):
        return ".tolist(), or .item() for a single number"
    if isinstance(value, type | types.FunctionType | types.MethodType):
        return "the value itself, not what makes it"
    if hasattr(cls, "__await__"):
        return "await it"
    if hasattr(cls, "__iter__"):
        return "list(items)"
    return None
