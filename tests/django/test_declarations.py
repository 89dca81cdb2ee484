"""Declarations: refused where they stand, with what was wanted and what was found."""

# ruff: noqa: A006 -- a key field has the name of its column

import datetime
import gc
import uuid
import weakref
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import AbstractUser, Group, Permission, User
from surecache.django import Region, Row, Rows, Scope, Table, Tag, Uncacheable
from surecache.errors import DeclarationError, KeyFieldError, Misuse


def refusal(name="refused", **declared):
    declared = {"key": {"user_id": int}, "scope": Scope.public("a test"), **declared}
    with pytest.raises(DeclarationError) as caught:
        Region(name, **declared)
    return str(caught.value)


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({"name": ""}, ["region name", "found: ''"]),
        ({"name": "a name"}, ["region name", "found: 'a name'"]),
        ({"name": None}, ["region name", "found: None"]),
        ({"key": [("user_id", int)]}, ["a dict of key fields"]),
        ({"key": {"price": float}}, ["key field price", "float"]),
        ({"key": {"when": datetime.datetime}}, ["key field when", "datetime"]),
        ({"scope": None}, ["wanted a scope", "found: none", "hint: scope=Scope.user(field)"]),
        ({"scope": "user_id"}, ["wanted a scope", "found: 'user_id'"]),
        ({"scope": Scope.user("team_id")}, ["(user_id)", "found: Scope.user('team_id')", "hint"]),
        ({"scope": Scope.user(42)}, ["(user_id)", "found: Scope.user(42)"]),
        ({"ttl": "5m"}, ["refused, ttl: wanted seconds", "found: '5m'"]),
        ({"ttl": 0}, ["refused, ttl", "1 ms to 10 years", "found: 0"]),
        ({"ttl": True}, ["refused, ttl", "found: True"]),
        ({"wait": 7200}, ["refused, wait", "1 hour", "found: 7200"]),
        ({"lease": datetime.timedelta(0)}, ["refused, lease", "50 ms", "found: 0.0"]),
        ({"stale_if_error": -1}, ["refused, stale_if_error", "found: -1"]),
        ({"version": "2"}, ["refused, version", "found: '2'"]),
        ({"version": -1}, ["refused, version", "found: -1"]),
        ({"codec": "json"}, ["refused, codec", "found: 'json'"]),
        ({"depends_on": Row(User, id="user_id")}, ["wanted a list of Row"]),
        ({"depends_on": [User]}, ["depends_on: wanted Row, Rows, Table or Tag"]),
        ({"depends_on": [Row(User, id="id")]}, ["key field (user_id) for id", "found: 'id'"]),
        ({"depends_on": [Row(User, id=42)]}, ["key field (user_id) for id", "found: 42"]),
        (
            {"key": {"user_id": bytes}, "depends_on": [Row("auth_user", id="user_id")]},
            ["int, str, bool, UUID or date for id", "found: bytes"],
        ),
    ],
)
def test_what_cannot_be_right_is_refused_at_import(declared, words):
    text = refusal(**declared)
    for word in words:
        assert word in text


def test_a_region_without_a_scope_is_refused():
    with pytest.raises(DeclarationError, match="wanted a scope, which says who may be given"):
        Region("unscoped", key={"team_id": int}, ttl=15)


@pytest.mark.parametrize("option", ["stale_while_revalidate", "stale_if_error"])
def test_stale_answers_are_refused_where_rights_decide(option):
    text = refusal(scope=Scope.user("user_id", authz=True), **{option: 5})
    assert "no stale answers where rights decide, found: 5.0 s" in text
    Region("stale_without_rights", key={"u": int}, scope=Scope.user("u"), **{option: 5})


def test_a_second_region_of_a_name_is_refused_and_both_places_are_named():
    kept = Region("twice", key={}, scope=Scope.public("a test"))
    text = refusal(name="twice", key={})
    assert "found a second one: twice" in text
    assert text.count(f"{__file__}:") == 2
    assert kept.place in text


def test_a_name_is_free_again_when_its_region_is_gone():
    kept = Region("gone", key={}, scope=Scope.public("a test"))
    del kept
    assert Region("gone", key={}, scope=Scope.public("a test")).name == "gone"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Scope.public(""),
        lambda: Scope.public(None),
        lambda: Uncacheable(" "),
        lambda: Scope.public("all") & Scope.user("user_id"),
        lambda: Scope.user("user_id") & Scope.user("other_id"),
        lambda: Row(User),
        lambda: Row(AbstractUser, id="user_id"),
        lambda: Row(42, id="user_id"),
        lambda: Rows("t", **{f"c{n}": n for n in range(7)}),
        lambda: Rows("t", a=1, columns="name"),
        lambda: Row(User(id=1), id=1),
        lambda: Tag(""),
        lambda: Tag(7),
    ],
)
def test_parts_that_cannot_be_right_are_refused(make):
    with pytest.raises(DeclarationError, match="wanted"):
        make()


def test_scopes_join_and_read_well():
    scope = Scope.tenant("team_id") & Scope.user("user_id", authz=True)
    assert str(scope) == "Scope.tenant('team_id') & Scope.user('user_id', authz=True)"
    assert scope.has_authz
    assert str(Scope.public("why")) == "Scope.public('why')"


def test_dependencies_are_values():
    assert Row(User, id=1) == Row(User, id=1)
    assert hash(Row(User, id=1)) == hash(Row(User, id=1))
    assert Row(User, id=1) != Row(User, id=2)
    assert Row(User, id=1) != Rows(User, id=1)
    assert {Tag("a"), Tag("a"), Table(User), Table(User)} == {Tag("a"), Table(User)}
    assert repr(Rows(User, id=1, username="x")) == "Rows(auth.User, id=1, username='x')"


@pytest.mark.parametrize(
    ("value", "hint"),
    [("42", "hint: int(user_id)"), (42.0, "hint: int(user_id)"), (True, "found: bool")],
)
def test_a_key_field_of_another_type_is_refused_with_a_hint(declare, door, value, hint):
    region = declare(key={"user_id": int})
    with pytest.raises(KeyFieldError) as caught:
        door.load(region, lambda user_id: 1, user_id=value)
    assert isinstance(caught.value, TypeError)
    assert "key field user_id: wanted int" in str(caught.value)
    assert hint in str(caught.value)


def test_fields_that_are_missing_unknown_or_unnamed_are_refused(declare, door):
    region = declare(key={"a": int, "b": str})
    for key in ({}, {"a": 1}, {"a": 1, "b": "x", "c": 2}):
        with pytest.raises(KeyFieldError, match="wanted the key fields a, b"):
            door.load(region, dict, **key)
    with pytest.raises(KeyFieldError, match="wanted key fields by name"):
        door.call(region, "get_or_load", dict, 1, "x")


def test_all_types_of_key_fields(declare, door):
    key = {
        "number": (int, 2**80),
        "text": (str, "a:b"),
        "flag": (bool, True),
        "data": (bytes, b"\0"),
        "day": (datetime.date, datetime.date(2026, 1, 1)),
        "id": (uuid.UUID, uuid.UUID(int=7)),
        "maybe": (int | None, None),
    }
    region = declare(key={name: hint for name, (hint, _) in key.items()})
    values = {name: value for name, (_, value) in key.items()}
    calls = []

    def load(**given):
        calls.append(given)
        return len(calls)

    assert door.load(region, load, **values) == 1
    assert door.load(region, load, **values) == 1
    assert calls == [values]
    assert door.load(region, load, **{**values, "maybe": 0}) == 2


def first(**_):
    return 1


def second(**_):
    return 2


def test_a_second_loader_is_refused_and_both_places_are_named(declare, door):
    region = declare()
    assert door.load(region, first, id=1) == 1
    with pytest.raises(Misuse) as caught:
        door.load(region, second, id=2)
    lines = [function.__code__.co_firstlineno for function in (first, second)]
    for line in lines:
        assert f"{__file__}:{line}" in str(caught.value)


def test_a_function_made_anew_at_each_call_is_one_loader(declare, door):
    region = declare()

    def read(number):
        return door.load(region, lambda id: number, id=number)

    assert [read(1), read(2)] == [1, 2]


class Held:
    """What a loader may hold: a request, say."""


def holding(way):
    """A loader, and what tells whether that which it holds is still there."""
    held = Held()
    loaders = {
        "variable": lambda id: held is None,
        "default": lambda id, other=held: other is None,
        "keyword": lambda id, *, other=held: other is None,
    }
    return loaders[way], weakref.ref(held)


@pytest.mark.parametrize("way", ["variable", "default", "keyword"])
def test_what_a_loader_holds_is_not_kept(declare, way):
    region = declare()
    loader, seen = holding(way)
    assert region.get_or_load(loader, id=1) is False
    del loader
    gc.collect()
    assert seen() is None


def test_what_cannot_be_called_is_no_loader(declare):
    with pytest.raises(Misuse, match="wanted a loader that can be called"):
        declare().get_or_load({"value": 1}, id=1)


@dataclass
class Profile:
    name: str
    born: datetime.date


def test_declared_values_come_back_as_they_are(declare, door):
    region = declare(value=Profile)
    profile = Profile("ada", datetime.date(1815, 12, 10))
    found = [door.load(region, lambda id: profile, id=1) for _ in range(3)]
    assert found == [profile] * 3
    assert found[0] is not found[1]


def test_values_that_would_not_come_back_are_refused(declare, door):
    region = declare()
    with pytest.raises(TypeError, match="value"):
        door.load(region, lambda id: {"user": object()}, id=1)
    pickled = declare(codec="pickle")
    assert door.load(pickled, lambda id: Profile("x", datetime.date.max), id=1).name == "x"


@pytest.mark.parametrize(
    ("dependency", "words"),
    [
        (Row(User, nope="user_id"), "auth.User: wanted a column"),
        (Row(User, email_address="user_id"), "wanted a column"),
        (Row(User, username="user_id"), "wanted a key field of str, found: int"),
        (Row(User, date_joined="user_id"), "found: DateTimeField"),
        (Rows(User, id="user_id", columns=["nope"]), "wanted a column"),
        (Row("auth.Nobody", id="user_id"), "found: auth.Nobody"),
        (Row("auth_user", nope="user_id"), "wanted a column"),
    ],
)
def test_columns_are_checked_at_first_use(declare, dependency, words):
    region = declare(key={"user_id": int}, depends_on=[dependency])
    with pytest.raises(DeclarationError, match=words):
        region.peek(user_id=1)


@pytest.mark.parametrize(
    "dependency",
    [
        Row(User, id="user_id"),
        Row(User, pk="user_id"),
        Row("auth.User", id="user_id"),
        Row("auth_user", id="user_id"),
        Row("a_table_of_no_model", whatever="user_id"),
        Rows(User.groups.through, user="user_id"),
        Rows(User.groups.through, user_id="user_id", columns=["group"]),
        Rows("auth_user_groups", user_id="user_id"),
        Rows(Permission, content_type="user_id"),
        Table(Group),
        Table("auth.Group"),
        Tag("rates"),
    ],
    ids=repr,
)
def test_models_tables_and_their_columns_by_each_of_their_names(declare, dependency):
    assert declare(key={"user_id": int}, depends_on=[dependency]).peek(user_id=1) is not None
