"""What ends answers: rows, tables, names, principals, rights."""

import uuid

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.utils.functional import SimpleLazyObject
from surecache import django as sure
from surecache.django import ABSENT, Row, Rows, Scope, Table, Tag
from surecache.errors import DeclarationError, KeyFieldError, Misuse


@pytest.fixture
def ends(door):
    """Whether a call ends the answer of a region's key; the answer is loaded before."""

    def does(region, call, /, *values, **key):
        region.get_or_load(lambda **_: "answer", **key)
        assert region.peek(**key) == "answer"
        door.call(sure, call, *values)
        return region.peek(**key) is ABSENT

    return does


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Row(User, id=1), True),
        (Row(User, pk=1), True),
        (Row("auth.User", id=1), True),
        (Row("auth_user", id=1), True),
        (Rows("auth_user", id=1), True),
        (Row(User(id=1)), True),
        (Row(SimpleLazyObject(lambda: User(id=1))), True),
        (Table(User), True),
        (Table("auth_user"), True),
        (Rows(User, id=1, is_active=True), True),
        (Row(User, id=2), False),
        (Row(Group, id=1), False),
        (Row(User, username="1"), False),
        (Table(Group), False),
    ],
    ids=repr,
)
def test_a_row(declare, ends, value, expected):
    region = declare(key={"user_id": int}, depends_on=[Row(User, id="user_id")])
    assert ends(region, "invalidate", value, user_id=1) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Rows(Permission, content_type_id=1, codename="add"), True),
        (Rows("auth_permission", codename="add", content_type_id=1), True),
        (Rows(Permission, content_type=1, codename="add", name="x"), True),
        (Table(Permission), True),
        (Rows(Permission, content_type_id=1, codename="drop"), False),
        (Rows(Permission, codename="add"), False),
    ],
    ids=repr,
)
def test_rows_of_several_columns(declare, ends, value, expected):
    region = declare(
        key={"kind": int, "name": str},
        depends_on=[Rows(Permission, content_type="kind", codename="name")],
    )
    assert ends(region, "invalidate", value, kind=1, name="add") is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(Table(User), True), (Row(User, id=99), True), (Row(Group, id=99), False)],
    ids=repr,
)
def test_a_table_is_ended_by_any_of_its_rows(declare, ends, value, expected):
    region = declare(key={}, depends_on=[Table(User)])
    assert ends(region, "invalidate", value) is expected


def test_a_name(declare, ends):
    region = declare(depends_on=[Tag("rates")])
    assert ends(region, "invalidate", Tag("rates"), id=1)
    assert not ends(region, "invalidate", Tag("Rates"), id=1)


def test_all_answers_of_a_principal(declare, ends):
    key = {"user_id": int, "team_id": int}
    region = declare(key=key, scope=Scope.tenant("team_id") & Scope.user("user_id"))
    assert ends(region, "invalidate", Scope.user(42), user_id=42, team_id=7)
    assert ends(region, "invalidate", Scope.tenant(7), user_id=42, team_id=7)
    assert not ends(region, "invalidate", Scope.tenant(42), user_id=42, team_id=7)
    assert not ends(region, "invalidate", Scope.session(42), user_id=42, team_id=7)
    assert not ends(region, "invalidate", Scope.user("42"), user_id=42, team_id=7)


def test_rights(declare, ends):
    by_rights = declare(key={"user_id": int}, scope=Scope.user("user_id", authz=True))
    without = declare(key={"user_id": int}, scope=Scope.user("user_id"))
    assert ends(by_rights, "revoke", User(id=42), user_id=42)
    assert ends(by_rights, "revoke", 42, user_id=42)
    assert ends(by_rights, "revoke", Scope.user(42), user_id=42)
    assert not ends(by_rights, "revoke", 43, user_id=42)
    assert not ends(without, "revoke", 42, user_id=42)
    tenants = declare(key={"team_id": uuid.UUID}, scope=Scope.tenant("team_id", authz=True))
    team = uuid.uuid4()
    assert ends(tenants, "revoke", Scope.tenant(team), team_id=team)


def test_several_values_at_once(declare, door, counted):
    first, second = declare(depends_on=[Tag("a")]), declare(depends_on=[Row(User, id="id")])
    first.get_or_load(counted, id=1)
    second.get_or_load(counted, id=1)
    door.call(sure, "invalidate", Tag("a"), Row(User, id=1))
    assert [first.peek(id=1), second.peek(id=1)] == [ABSENT, ABSENT]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((), "wanted what has changed"),
        ((User(id=1),), "hint: Row\\(...\\) of an instance"),
        ((42,), "wanted Row, Rows, Table, Scope or Tag, found: 42"),
        ((Scope.public("all"),), "wanted one principal"),
        ((Scope.user(1) & Scope.tenant(2),), "wanted one principal"),
        ((Row(User, id=1, database="other"),), "wanted a database of DATABASES, found: other"),
    ],
)
def test_what_names_nothing_that_can_end_is_refused(door, values, words):
    with pytest.raises(Misuse, match=words):
        door.call(sure, "invalidate", *values)


@pytest.mark.parametrize(
    "value",
    [
        Row(User, id="42"),
        Row(User, id=True),
        Row(User, id=42.0),
        Row(User, username=42),
        Rows(Permission, content_type="1"),
        Rows("auth_user", id="42"),
        Rows(Permission, content_type=User(id=1)),
        Rows("a_table_of_no_model", a=1.5),
        Rows("a_table_of_no_model", a=b"1"),
        Scope.user(1.5),
    ],
    ids=repr,
)
def test_a_value_that_no_answer_can_depend_on_is_a_type_error(door, value):
    with pytest.raises(KeyFieldError, match="wanted") as caught:
        door.call(sure, "invalidate", value)
    assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize("value", [Row(User, nope=1), Row("auth.Nobody", id=1)], ids=repr)
def test_a_column_or_model_that_does_not_exist_is_refused(door, value):
    with pytest.raises(DeclarationError, match="wanted"):
        door.call(sure, "invalidate", value)


@pytest.mark.parametrize("principal", [None, User(), AnonymousUser(), 1.5])
def test_rights_of_nobody_are_refused(door, principal):
    with pytest.raises((Misuse, KeyFieldError), match="wanted"):
        door.call(sure, "revoke", principal)


def test_a_region_of_a_database_that_does_not_exist_disturbs_nobody(declare, ends):
    region = declare(key={"user_id": int}, depends_on=[Row(User, id="user_id")])
    wrong = declare(key={"id": int}, depends_on=[Row(User, id="id")], database="nowhere")
    assert ends(region, "invalidate", Row(User, id=1), user_id=1)
    assert wrong.database == "nowhere"


def test_what_is_told_outside_of_a_loader_is_refused():
    with pytest.raises(Misuse, match="inside a loader"):
        sure.depends(Tag("rates"))


def test_the_stores_of_all_caches_are_told(settings, counted):
    from surecache.django import Region

    regions = [
        Region(
            f"told_{alias}",
            key={},
            scope=Scope.public("a test"),
            cache=alias,
            depends_on=[Tag("rates")],
        )
        for alias in ("default", "embedded", "redis")
    ]
    for region in regions:
        region.get_or_load(counted)
    sure.invalidate(Tag("rates"))
    assert [region.peek() for region in regions] == [ABSENT, ABSENT, ABSENT]
