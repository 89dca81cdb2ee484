"""The safe codec: what goes through comes back equal and of the same type, the rest is refused."""

import collections
import datetime
import enum
import json
import threading
import uuid
import zoneinfo
from decimal import Decimal, localcontext
from pathlib import Path

import msgspec
import pytest
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st
from surecache._core import dumps, loads
from surecache.errors import Misuse, ValueNotSupported

from tests.unit.any_value import exactly, scalars, values

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "values.json").read_text())
NAMES = {
    "Decimal": Decimal,
    "UUID": uuid.UUID,
    "ZoneInfo": zoneinfo.ZoneInfo,
    **{name: getattr(datetime, name) for name in ("date", "datetime", "time", "timedelta")},
    "timezone": datetime.timezone,
}


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(values)
def test_what_goes_through_comes_back_the_same(value):
    assert exactly(loads(dumps(value))) == exactly(value)


@given(plain)
def test_plain_values_are_messagepack_as_others_write_it(value):
    assert dumps(value) == msgspec.msgpack.encode(value)
    assert exactly(loads(dumps(value))) == exactly(msgspec.msgpack.decode(dumps(value)))


@given(st.sets(scalars))
def test_the_order_in_which_a_set_grew_leaves_no_trace(value):
    grown = set()
    for element in sorted(value, key=repr, reverse=True):
        grown.add(element)
    assert dumps(grown) == dumps(value)


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: row["python"])
def test_golden_bytes(row):
    value = eval(row["python"], dict(NAMES))
    assert dumps(value).hex() == row["hex"]
    assert exactly(loads(bytes.fromhex(row["hex"]))) == exactly(value)


@pytest.mark.parametrize("length", [15, 16, 31, 32, 255, 256, 65_535, 65_536])
def test_lengths_at_the_edges_of_each_form(length):
    for value in ("x" * length, b"x" * length, [None] * length, {n: n for n in range(length)}):
        assert loads(dumps(value)) == value


def test_a_decimal_does_not_depend_on_the_context():
    value = Decimal("1.50E+40")
    expected = dumps(value)
    with localcontext() as context:
        context.capitals = 0
        context.prec = 1
        assert dumps(value) == expected
        assert loads(expected).as_tuple() == value.as_tuple()


def test_a_zone_comes_back_as_the_zone_of_the_process():
    zone = zoneinfo.ZoneInfo("Europe/Berlin")
    value = datetime.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=zone)
    assert loads(dumps(value)).tzinfo is zone


def test_nan_keys_stay_apart():
    value = {float("nan"): 1, float("nan"): 2}
    assert list(loads(dumps(value)).values()) == [1, 2]


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Point(msgspec.Struct):
    x: int


Pair = collections.namedtuple("Pair", "left right")


class Berlin(datetime.tzinfo):
    pass


REFUSED = [
    (SafeString("<b>"), "wanted str itself", "SafeString", "str.__str__"),
    (Level.LOW, "wanted None, bool", "Level", ".value"),
    (Colour.RED, "wanted None, bool", "Colour", ".value"),
    (collections.OrderedDict(), "wanted dict itself", "OrderedDict", "dict(mapping)"),
    (collections.defaultdict(int), "wanted dict itself", "defaultdict", "dict(mapping)"),
    (collections.Counter(), "wanted dict itself", "Counter", "dict(mapping)"),
    (Pair(1, 2), "wanted tuple itself", "Pair", "tuple(items)"),
    (Point(1), "wanted a declared type", "Point", "value=Point"),
    (bytearray(b"x"), "wanted None, bool", "bytearray", "bytes(data)"),
    (memoryview(b"x"), "wanted None, bool", "memoryview", "bytes(data)"),
    ((n for n in ()), "wanted None, bool", "generator", "list(items)"),
    ({}.keys(), "wanted None, bool", "dict_keys", "list(items)"),
    (range(3), "wanted None, bool", "range", "list(items)"),
    (1j, "wanted None, bool", "complex", None),
    (object(), "wanted None, bool", "object", None),
    (str, "wanted None, bool", "type", "not what makes it"),
    ("\ud800", "wanted text", "lone surrogate", "os.fsencode"),
    (datetime.datetime(2024, 1, 1, tzinfo=Berlin()), "wanted a zone", "Berlin", "zoneinfo"),
    (
        datetime.time(tzinfo=zoneinfo.ZoneInfo.no_cache("UTC")),
        "wanted a zone by its name",
        "no_cache",
        "zoneinfo.ZoneInfo(name)",
    ),
]


@pytest.mark.parametrize(
    ("value", "wanted", "found", "hint"), REFUSED, ids=[str(row[2]) for row in REFUSED]
)
def test_what_would_come_back_otherwise_is_refused(value, wanted, found, hint):
    with pytest.raises(ValueNotSupported) as refusal:
        dumps({"items": [1, {"price": value}]})
    first, *rest = str(refusal.value).splitlines()
    assert first.startswith(f"value.items[1].price: {wanted}")
    assert found in first
    assert [line.startswith("hint: ") for line in rest] == ([True] if hint else [])
    assert hint is None or hint in rest[0]
    assert isinstance(refusal.value, TypeError)
    assert isinstance(refusal.value, Misuse)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (1j, "value: "),
        ([1j], "value[0]: "),
        ((0, 1j), "value[1]: "),
        ({1j}, "value{element}: "),
        ({"a b": 1j}, "value['a b']: "),
        ({7: 1j}, "value[7]: "),
        ({1j: 7}, "value{key}: "),
        ({"k" * 50: 1j}, "value['" + "k" * 39 + "...]: "),
        ({"a": [({"b": 1j},)]}, "value.a[0][0].b: "),
    ],
)
def test_the_path_leads_to_the_part(value, path):
    with pytest.raises(ValueNotSupported) as refusal:
        dumps(value)
    assert str(refusal.value).startswith(path)


def nested(kind, depth):
    value = kind()
    for _ in range(depth - 1):
        value = kind([value]) if kind is not dict else {"k": value}
    return value


@pytest.mark.parametrize("kind", [list, tuple, frozenset, dict])
def test_a_hundred_containers_in_one_another_and_no_more(kind):
    assert loads(dumps(nested(kind, 100))) == nested(kind, 100)
    with pytest.raises(ValueNotSupported, match="at most 100"):
        dumps(nested(kind, 101))


def test_a_container_that_contains_itself_is_refused_on_a_small_stack():
    value = []
    value.append({"again": value})
    raised = []

    def encode():
        with pytest.raises(ValueNotSupported, match="may contain itself"):
            dumps(value)
        raised.append(True)

    previous = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=encode)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(previous)
    assert raised


def test_a_dict_that_changes_meanwhile_is_refused_or_a_snapshot():
    shared = {n: [n] for n in range(2000)}
    stop = threading.Event()

    def change():
        n = 2000
        while not stop.is_set():
            shared[n] = [n]
            shared.pop(n - 2000, None)
            n += 1

    thread = threading.Thread(target=change)
    thread.start()
    seen = []
    try:
        for _ in range(50):
            try:
                seen.append(len(loads(dumps(shared))))
            except ValueNotSupported as refusal:
                seen.append(str(refusal))
    finally:
        stop.set()
        thread.join()
    assert [each for each in seen if each not in (1999, 2000, 2001) and "changed" not in each] == []
