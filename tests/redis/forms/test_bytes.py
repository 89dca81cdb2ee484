"""What one of the two writes, the other reads; and the bytes on the server are the same."""

import datetime
import enum
import json

import pytest
from django.core.cache import caches
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.redis.forms.stages import FORMS, declared
from tests.unit.any_value import exactly, values

SERIALIZERS = {
    name: f"django_redis.serializers.{name}.{cls}"
    for name, cls in {
        "json": "JSONSerializer",
        "msgpack": "MSGPackSerializer",
        "pickle": "PickleSerializer",
    }.items()
}
COMPRESSORS = {
    name: f"django_redis.compressors.{name}.{cls}"
    for name, cls in {
        "gzip": "GzipCompressor",
        "identity": "IdentityCompressor",
        "lz4": "Lz4Compressor",
        "lzma": "LzmaCompressor",
        "zlib": "ZlibCompressor",
        "zstd": "ZStdCompressor",
    }.items()
}

# Integers of more digits are refused by json and int of newer interpreters.
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False),
    st.text(), st.text().map(lambda text: text * 20),
)  # fmt: skip
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=10,
)

many = hypothesis_settings(
    deadline=None,
    database=None,
    print_blob=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Color(enum.IntEnum):
    RED = 1


class Own(int):
    pass


class Marked:
    """An application's own serializer, made as django-redis makes them."""

    def __init__(self, options):
        self.mark = f"{options['PICKLE_VERSION']} "

    def dumps(self, value):
        return (self.mark + json.dumps(value)).encode()

    def loads(self, data):
        return json.loads(data.decode().removeprefix(self.mark))


class Told:
    """A serializer that gives text, and reads other options than its own."""

    def __init__(self, options):
        self.end = f"{options['SUFFIX']} {options['SOCKET_TIMEOUT']} {sorted(options)}"

    def dumps(self, value):
        return json.dumps(value) + self.end

    def loads(self, data):
        return json.loads(data.decode().removesuffix(self.end))


class Reversed:
    """A serializer as Django makes them: numbers are its own matter."""

    def dumps(self, value):
        return value if type(value) is int else json.dumps(value)[::-1]

    def loads(self, data):
        return json.loads(data.decode()[:: 1 if data.isdigit() else -1])


def bytes_at(old, key):
    """What stands on the server."""
    name = old.make_key(key)
    if hasattr(old, "client"):
        return old.client.get_client().get(name)
    return old._cache.get_client().get(name)


def agree(ours, old, value, *, same_bytes=True):
    """Both write the value, and each reads what the other wrote."""
    ours.set("key", value)
    written = bytes_at(old, "key")
    assert exactly(old.get("key")) == exactly(value)
    old.set("key", value)
    if same_bytes:
        assert bytes_at(old, "key") == written
    assert exactly(ours.get("key")) == exactly(value)
    assert [exactly(found) for found in ours.get_many(["key"]).values()] == [exactly(value)]
    ours.set_many({"key": value})
    assert exactly(old.get_many(["key"])["key"]) == exactly(value)
    if same_bytes:
        assert bytes_at(old, "key") == written


# What gzip writes tells the time.
@pytest.mark.parametrize("compressor", COMPRESSORS)
@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_django_redis_forms(pair, serializer, compressor):
    ours, old = pair(
        "django-redis", SERIALIZER=SERIALIZERS[serializer], COMPRESSOR=COMPRESSORS[compressor]
    )

    @many
    @given(values if serializer == "pickle" else trees)
    def holds(value):
        agree(ours, old, value, same_bytes=compressor != "gzip")

    holds()


def test_the_short_names_say_the_same(pair):
    value = {"text": "text" * 50}
    for serializer, compressor in [("json", "zlib"), ("msgpack", "lz4"), ("pickle", "zstd")]:
        named = {
            "SERIALIZER": SERIALIZERS[serializer],
            "COMPRESSOR": COMPRESSORS[compressor],
        }
        ours, old = pair("django-redis", **named)
        ours.set("key", value)
        ours.settings.wire.make()
        assert ours.settings.wire.serializer == serializer
        assert ours.settings.wire.compressor == compressor
        assert old.get("key") == value


@pytest.mark.parametrize("version", [-1, 0, 1, 2, 3, 4, 5])
def test_every_protocol_of_pickle(pair, version):
    agree(*pair("django-redis", PICKLE_VERSION=version), {"a": (1, b"x", {2.5})})


def test_django_s_form(pair):
    ours, old = pair("django")

    @many
    @given(values)
    def holds(value):
        agree(ours, old, value)

    holds()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "value",
    [
        True, False, None, 0, -1, 2**63 - 1, -(2**63), 2**63, 10**30, Color.RED, "12", b"12", b"",
        "", [], 1.0, datetime.timedelta(1),
    ],
    ids=repr,
)  # fmt: skip
def test_what_could_be_taken_for_another(pair, form, value):
    agree(*pair(form), value)


def test_an_integer_of_a_class_of_its_own(pair):
    """django-redis keeps the number and not the class, where its parser lets it."""
    ours, old = pair("django-redis")
    ours.set("key", Own(7))
    assert bytes_at(old, "key") == b"7"
    assert ours.get("key") == old.get("key") == 7


class Named(int):
    def __repr__(self):
        return f"Named({int(self)})"


def test_an_integer_that_writes_itself_otherwise_is_a_number(pair, call):
    """What was stored was no number and no pickle: it was read as if it were not there."""
    ours, old = pair("django-redis")
    for name, *arguments in [("set",), ("add",), ("get_or_set",)]:
        ours.delete("key")
        call(ours, name, "key", Named(7), *arguments)
        assert bytes_at(old, "key") == b"7"
        assert ours.get("key") == old.get("key") == 7
    assert call(ours, "incr", "key") == old.incr("key") - 1 == 8


def test_serializers_of_the_application_s_own(pair):
    marked = pair("django-redis", SERIALIZER=f"{__name__}.Marked", PICKLE_VERSION=3)
    agree(*marked, {"a": [1, "text"]})
    assert bytes_at(marked[1], "key").startswith(b"3 ")


def test_a_serializer_that_gives_text_and_reads_all_options(pair):
    told = {"SERIALIZER": f"{__name__}.Told", "SUFFIX": "!", "SOCKET_TIMEOUT": 5}
    for value in [{"a": [1, "text"]}, "text", None]:
        agree(*pair("django-redis", **told), value)


def test_caches_whose_classes_are_told_otherwise_are_different_stores(pair):
    told = {"SERIALIZER": f"{__name__}.Told", "SOCKET_TIMEOUT": 5}
    first, second, same = [pair("django-redis", **told, SUFFIX=end)[0] for end in "?!!"]
    assert first.settings.wire != second.settings.wire
    assert second.settings.wire == same.settings.wire


reversing = Reversed()


@pytest.mark.parametrize(
    "path",
    [f"{__name__}.Reversed", Reversed, reversing, f"{__name__}.reversing", lambda: reversing],
    ids=["path", "class", "instance", "path of an instance", "function"],
)
def test_a_serializer_as_django_takes_it(settings, redis_location, path):
    common = {"LOCATION": redis_location, "KEY_PREFIX": "own-serializer"}
    sure, django = declared("foreign", "django", ""), declared("old", "django", "")
    settings.CACHES = {
        "default": {**sure, **common, "OPTIONS": {"WIRE": "django", "serializer": path}},
        "old": {**django, **common, "OPTIONS": {"serializer": path}},
    }
    for value in [7, "text", [1, None]]:
        agree(caches["default"], caches["old"], value)
    caches["default"].set("key", 7)
    assert caches["default"].incr("key") == caches["old"].incr("key") - 1 == 8
    caches["old"]._cache.get_client().connection_pool.disconnect()
    caches["old"]._cache.get_client(write=True).connection_pool.disconnect()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("found", [b" 12 ", b"1_000", b"+5", b"007"])
def test_what_only_python_takes_for_an_integer(pair, form, found):
    ours, old = pair(form)
    if form == "django":
        old._cache.get_client(write=True).set(old.make_key("key"), found)
    else:
        old.client.get_client().set(old.make_key("key"), found)
    assert ours.get("key") == old.get("key") == int(found)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("timeout", [None, 1, 2.5, 60, 86_400, 0.9999])
def test_times_to_live(pair, form, timeout):
    """Django's own cache knows whole seconds only."""
    ours, old = pair(form)
    for name in ["set", "add", "set_many"]:
        ours.delete("key")
        if name == "set_many":
            ours.set_many({"key": "value"}, timeout)
        else:
            getattr(ours, name)("key", "value", timeout)
        left = _milliseconds(old, "key")
        old.set("key", "value", timeout)
        theirs = _milliseconds(old, "key")
        if timeout is None:
            assert (left, theirs) == (-1, -1)
        elif theirs > 0:
            assert abs(left - theirs) < (1_000 if form == "django" else 50)
            assert abs((ours.pttl("key") or 0) - theirs) < 50


def _milliseconds(old, key):
    client = old.client.get_client() if hasattr(old, "client") else old._cache.get_client()
    return client.pttl(old.make_key(key))
