"""Keys from keyword arguments: exact types, nothing converted, every refusal says what to write."""

# ruff: noqa: UP007, UP045 -- both spellings of an optional type are taken

import datetime
import enum
import uuid
from typing import Optional, Union

import pytest
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st
from surecache._core import KeyFields
from surecache.errors import DeclarationError, KeyFieldError, Misuse

ID = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
parts = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**127), 2**127 - 1),
    st.text(),
    st.binary(),
    st.dates(),
    st.uuids(),
)


def fields_for(*values):
    """Fields that take exactly these values."""
    hints = {type(None): int | None}
    return {f"f{n}": hints.get(type(value), type(value)) for n, value in enumerate(values)}


def encode(*values):
    keys = {f"f{n}": value for n, value in enumerate(values)}
    return KeyFields("r", fields_for(*values)).encode(**keys)


@pytest.mark.parametrize(
    ("hint", "value", "expected"),
    [
        (int, 0, "100100"),
        (int, 42, "10012a"),
        (int, 127, "10017f"),
        (int, 128, "10020080"),
        (int, -1, "1001ff"),
        (int, -128, "100180"),
        (int, 2**63, "1009008000000000000000"),
        (int, -(2**127), "101080" + "00" * 15),
        (int, 2**127 - 1, "10107f" + "ff" * 15),
        (str, "", "2000000000"),
        (str, "a:b", "2000000003613a62"),
        (bytes, b"a", "210000000161"),
        (bool, False, "01"),
        (bool, True, "02"),
        (uuid.UUID, ID, "3000112233445566778899aabbccddeeff"),
        (datetime.date, datetime.date(1970, 1, 1), "3100000000"),
        (datetime.date, datetime.date(1969, 12, 31), "31ffffffff"),
        (Optional[int], None, "00"),
        (Optional[int], 1, "100101"),
        (int | None, None, "00"),
        (Union[None, str], "x", "200000000178"),
    ],
)
def test_canonical_bytes(hint, value, expected):
    assert KeyFields("r", {"f": hint}).encode(f=value).hex() == expected


def test_fields_stand_in_the_order_of_the_declaration():
    fields = KeyFields("r", {"b": int, "a": str})
    assert fields.names == ("b", "a")
    assert fields.encode(a="x", b=1) == fields.encode(b=1, a="x")
    assert fields.encode(a="x", b=1).hex() == "100101" + "200000000178"


@given(st.lists(parts, max_size=4), st.lists(parts, max_size=4))
def test_different_keys_have_different_bytes(one, other):
    alike = [(type(value), value) for value in one] == [(type(value), value) for value in other]
    assert (encode(*one) == encode(*other)) == alike


def test_a_key_of_no_fields():
    assert KeyFields("r", {}).encode() == b""


class Level(enum.IntEnum):
    LOW = 1


class Model:
    pk = 7


@pytest.mark.parametrize(
    ("hint", "value", "wanted", "found", "advice"),
    [
        (int, "42", "int", "str", "int(user_id)"),
        (int, True, "int", "bool", "int(user_id)"),
        (int, 1.0, "int", "float", "int(user_id)"),
        (int, Level.LOW, "int", "tests.unit.test_key_fields.Level", "int(user_id)"),
        (int, None, "int", "NoneType", "declare user_id: Optional[int]"),
        (int, Model(), "int", "tests.unit.test_key_fields.Model", "user_id.pk"),
        (int | None, "42", "int or None", "str", "int(user_id)"),
        (int, 2**127, "at most 128 bits", "an int of more", None),
        (str, 42, "str", "int", "str(user_id)"),
        (str, b"x", "str", "bytes", "str(user_id)"),
        (str, "\ud800", "text", "a str with lone surrogates", None),
        (
            str,
            SafeString("x"),
            "str",
            "django.utils.safestring.SafeString",
            "str.__str__(user_id)",
        ),
        (bytes, "x", "bytes", "str", "user_id.encode()"),
        (bool, 1, "bool", "int", "bool(user_id)"),
        (uuid.UUID, str(ID), "UUID", "str", "UUID(user_id)"),
        (datetime.date, "2024-01-01", "date", "str", "date.fromisoformat(user_id)"),
        (
            datetime.date,
            datetime.datetime(2024, 1, 1),
            "date",
            "datetime.datetime",
            "user_id.date()",
        ),
    ],
)
def test_another_type_is_refused_with_what_to_write(hint, value, wanted, found, advice):
    with pytest.raises(KeyFieldError) as refusal:
        KeyFields("user_profile", {"user_id": hint}).encode(user_id=value)
    text = f"region user_profile, key field user_id: wanted {wanted}, found: {found}"
    assert str(refusal.value) == (f"{text}\nhint: {advice}" if advice else text)
    assert isinstance(refusal.value, TypeError)
    assert isinstance(refusal.value, Misuse)


@pytest.mark.parametrize(
    ("given_key", "found"),
    [
        ({}, "none"),
        ({"user_id": 1}, "user_id"),
        ({"user_id": 1, "tenant": 2, "more": 3}, "user_id, tenant, more"),
        ({"user_id": 1, "tenat": 2}, "user_id, tenat"),
    ],
)
def test_missing_and_unknown_fields_are_named(given_key, found):
    fields = KeyFields("profile", {"user_id": int, "tenant": int})
    with pytest.raises(KeyFieldError) as refusal:
        fields.encode(**given_key)
    text = "region profile: wanted the key fields user_id, tenant, found: "
    assert str(refusal.value) == text + found


@pytest.mark.parametrize(
    "hint",
    [float, list, list[int], tuple[int, None], int | str, Optional[float], None, "int", 1, Level],
)
def test_a_field_of_another_type_is_refused_when_declared(hint):
    with pytest.raises(DeclarationError, match=r"region r, key field f: wanted int, str, bool"):
        KeyFields("r", {"f": hint})


def test_a_field_name_is_a_string():
    with pytest.raises(DeclarationError, match="wanted field names, found: int"):
        KeyFields("r", {1: int})
