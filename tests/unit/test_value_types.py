"""Declared value types: instances to plain maps that a Rust struct reads, and back."""

import dataclasses
import datetime
import enum
import typing
from typing import Any, NewType, Optional

import msgspec
import pytest
from surecache._core import dumps, loads
from surecache._values import shape_of
from surecache.errors import Corrupt, DeclarationError, ValueNotSupported


class State(enum.Enum):
    OPEN = "open"
    PAID = "paid"


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    name: str
    price: float
    tags: tuple[str, ...] = ()


@dataclasses.dataclass
class Order:
    id: int
    state: State
    items: list[Item]
    by_state: dict[State, Item]
    pair: tuple[int, Item]
    seen: set[int]
    when: datetime.datetime | None = None
    extra: Any = None
    parent: Optional["Order"] = None


class Account(msgspec.Struct, rename="camel"):
    user_id: int
    last_items: list[Item] = []


ITEM = Item("tea", 3.5, ("hot", "green"))
ORDER = Order(7, State.PAID, [ITEM], {State.OPEN: ITEM}, (1, ITEM), {1, 2})
WITH_PARENT = dataclasses.replace(
    ORDER, parent=ORDER, extra=(1, {2}), when=datetime.datetime(2024, 1, 2)
)
UserId = NewType("UserId", int)


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        (Item, ITEM),
        (Order, ORDER),
        (Order, WITH_PARENT),
        (Account, Account(1, [ITEM])),
        (State, State.OPEN),
        (list[Item], [ITEM, ITEM]),
        (dict[str, Item], {"a": ITEM}),
        (dict[tuple[int, int], Item], {(1, 2): ITEM}),
        (set[Item], {ITEM}),
        (frozenset[Item], frozenset([ITEM])),
        (tuple[int, ...], (1, 2, 3)),
        (tuple[int, str], (1, "a")),
        (tuple[()], ()),
        (Item | None, None),
        (Item | None, ITEM),
        (int | str, "a"),
        (int, 5),
        (float, 5),
        (UserId, 5),
        (typing.Annotated[Item, "why"], ITEM),
        (dict, {"a": (1, 2)}),
        (Any, {"a": (1, 2)}),
        (None, None),
    ],
)
def test_an_instance_comes_back(hint, value):
    shape = shape_of(hint)
    back = shape.lift(loads(dumps(shape.lower(value))))
    assert back == value
    assert type(back) is type(value)


def test_on_the_wire_stand_plain_maps_and_arrays():
    assert shape_of(Order).lower(ORDER) == {
        "id": 7,
        "state": "paid",
        "items": [{"name": "tea", "price": 3.5, "tags": ["hot", "green"]}],
        "by_state": {"open": {"name": "tea", "price": 3.5, "tags": ["hot", "green"]}},
        "pair": [1, {"name": "tea", "price": 3.5, "tags": ["hot", "green"]}],
        "seen": [1, 2],
        "when": None,
        "extra": None,
        "parent": None,
    }


def test_a_struct_is_written_under_its_names_on_the_wire():
    assert shape_of(Account).lower(Account(1)) == {"userId": 1, "lastItems": []}


def test_fields_that_another_writer_leaves_out_take_their_default():
    assert shape_of(Item).lift({"name": "tea", "price": 1.0}) == Item("tea", 1.0)


REFUSED = [
    (Item, {"name": "tea"}, "value: wanted .*Item, found: dict"),
    (Item, dataclasses.replace(ITEM, name=1), "value.name: wanted str, found: int"),
    (Item, dataclasses.replace(ITEM, tags=["a"]), "value.tags: wanted tuple, found: list"),
    (Item, dataclasses.replace(ITEM, tags=("a", 1)), r"value.tags\[1\]: wanted str, found: int"),
    (Order, dataclasses.replace(ORDER, items=[ITEM, 1]), r"value.items\[1\]: wanted .*Item"),
    (Order, dataclasses.replace(ORDER, pair=(1,)), "value.pair: wanted items: 2, found: 1"),
    (Order, dataclasses.replace(ORDER, by_state={"open": ITEM}), "wanted .*State, found: str"),
    (list[int], [1, True], r"value\[1\]: wanted int, found: bool"),
    (int | None, "a", "value: wanted NoneType or int, found: str"),
]


@pytest.mark.parametrize(("hint", "value", "text"), REFUSED, ids=[row[2] for row in REFUSED])
def test_what_is_not_of_the_declared_type_is_refused(hint, value, text):
    with pytest.raises(ValueNotSupported, match=text):
        shape_of(hint).lower(value)


def test_a_subclass_of_the_declared_type_is_refused():
    @dataclasses.dataclass(frozen=True)
    class Special(Item):
        more: int = 0

    with pytest.raises(ValueNotSupported, match=r"wanted .*Item, found: .*Special"):
        shape_of(Item).lower(Special("tea", 1.0))


def test_an_instance_that_contains_itself_is_refused():
    order = dataclasses.replace(ORDER)
    order.parent = order
    with pytest.raises(ValueNotSupported, match="at most 100"):
        shape_of(Order).lower(order)


def test_what_is_not_declared_says_how_to_declare_it():
    with pytest.raises(ValueNotSupported) as refusal:
        dumps({"item": ITEM})
    text = str(refusal.value)
    assert text.startswith("value.item: wanted a declared type, found: ")
    assert text.endswith("hint: Region(..., value=Item) declares it")


CORRUPT = [
    (Item, [1], "stored value: wanted dict, found: list"),
    (Item, {"name": "tea"}, "stored value.price: wanted each field, found: none"),
    (Item, {"name": "t", "price": 1.0, "x": 1}, "stored value: wanted the fields .* also 'x'"),
    (Item, {"name": 1, "price": 1.0}, "stored value.name: wanted str, found: int"),
    (State, "lost", "stored value: wanted one that the declared type takes"),
    (set[int], [1, 1], "stored value: wanted each element once"),
    (tuple[int, str], [1], "stored value: wanted items: 2, found: 1"),
]


@pytest.mark.parametrize(("hint", "plain", "text"), CORRUPT, ids=[row[2] for row in CORRUPT])
def test_a_stored_value_of_another_shape_is_corrupt(hint, plain, text):
    with pytest.raises(Corrupt, match=text):
        shape_of(hint).lift(plain)


@dataclasses.dataclass
class Computed:
    a: int
    b: int = dataclasses.field(init=False, default=0)


@dataclasses.dataclass
class Given:
    a: int
    secret: dataclasses.InitVar[int]


@dataclasses.dataclass
class Unresolved:
    a: "Nowhere"  # noqa: F821


class Tagged(msgspec.Struct, tag=True):
    a: int


class Row(msgspec.Struct, array_like=True):
    a: int


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        (Computed, "init=False in .*Computed: b"),
        (Given, "InitVar in .*Given: secret"),
        (Unresolved, "type hints that can be resolved in .*Unresolved"),
        (Tagged, "found tag in: .*Tagged"),
        (Row, "found array_like in: .*Row"),
        (Item | Account, "found a union"),
        (Item | int, "found a union"),
        (dict[Item, int], "wanted a plain type for keys, found: .*Item"),
        (Exception, "found: Exception"),
        (list[range], "found: range"),
    ],
)
def test_a_type_that_could_not_come_back_is_refused_when_declared(hint, text):
    with pytest.raises(DeclarationError, match=text):
        shape_of(hint)
