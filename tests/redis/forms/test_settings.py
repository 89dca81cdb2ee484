"""What `OPTIONS['WIRE']` may say, what goes with it, and what is told about it."""

import sys

import pytest
from django.apps import apps
from django.core.cache import caches
from django.test import override_settings
from surecache.django import SureCache, checks
from surecache.errors import Misuse

from tests.redis.forms.stages import FORMS, declared

SERVER = "redis://user:hunter2@host:6379/0"


def refusal(location=SERVER, **options):
    with pytest.raises(Misuse) as caught:
        SureCache(location, {"OPTIONS": options})
    return str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"WIRE": "memcached"}, ["OPTIONS['WIRE']: wanted django, django-to-sealed", "memcached"]),
        ({"WIRE": True}, ["OPTIONS['WIRE']", "found: True"]),
        ({"WIRE": "django-redis", "SERIALIZER": "yaml"}, ["json, msgpack, pickle", "'yaml'"]),
        ({"WIRE": "django-redis", "SERIALIZER": str}, ["dotted path", "found: <class 'str'>"]),
        ({"WIRE": "django-redis", "COMPRESSOR": "rar"}, ["gzip, identity", "found: 'rar'"]),
        ({"WIRE": "django-redis", "PICKLE_VERSION": 99}, ["wanted -1 to 5", "found: 99"]),
        ({"WIRE": "django-redis", "PICKLE_VERSION": "2"}, ["PICKLE_VERSION", "found: '2'"]),
        ({"WIRE": "django", "COMPRESSOR": "zlib"}, ["COMPRESSOR", "has WIRE, serializer, found"]),
        ({"WIRE": "django", "PICKLE_VERSION": 2}, ["PICKLE_VERSION", "found: 2"]),
        ({"WIRE": "django", "SERIALIZER": "json"}, ["SERIALIZER", "found: 'json'"]),
        ({"WIRE": "django", "serializer": "json"}, ["dotted path", "found: 'json'"]),
        ({"WIRE": "django", "serializer": 5}, ["wanted dumps and loads, found none: int"]),
        ({"WIRE": "django-redis", "serializer": "json"}, ["has COMPRESSOR, PICKLE_VERSION"]),
    ],
)
def test_what_makes_no_sense_is_refused(options, words):
    text = refusal(**options)
    for word in words:
        assert word in text
    assert "hunter2" not in text


@pytest.mark.parametrize("location", ["", "embedded://", "memory://name", "embedded:///folder"])
@pytest.mark.parametrize("wire", ["django", "django-redis", "django-redis-to-sealed"])
def test_a_store_that_no_other_cache_writes_to_has_no_other_form(location, wire):
    text = refusal(location, WIRE=wire)
    assert "wanted the location of a server" in text
    assert f"found: {location.split(':')[0] or 'embedded'}:" in text


@pytest.mark.parametrize(
    "location",
    ["redis://host", "rediss://host", "redis+sentinel://host/name", "unix:///socket"],
)
def test_every_kind_of_server_has(location):
    assert SureCache(location, {"OPTIONS": {"WIRE": "django"}}).settings.wire.form == "django"


@pytest.mark.parametrize(
    ("wire", "name", "value"),
    [
        ("django-redis", "SERIALIZER", "django_redis.serializers.nothing.Nothing"),
        ("django-redis", "COMPRESSOR", "no.such.Class"),
        ("django", "serializer", "no.such.Class"),
    ],
)
def test_a_class_that_is_not_there(wire, name, value):
    cache = SureCache(SERVER, {"OPTIONS": {"WIRE": wire, name: value}})
    with pytest.raises(Misuse, match=rf"OPTIONS\['{name}'\]: wanted a class, found none: {value}"):
        _ = cache.engine


@pytest.mark.parametrize(
    ("option", "value", "module", "package"),
    [
        ("SERIALIZER", "msgpack", "msgpack", "msgpack"),
        ("COMPRESSOR", "lz4", "lz4.frame", "lz4"),
        ("COMPRESSOR", "zstd", "pyzstd", "pyzstd"),
    ],
)
def test_a_package_that_is_not_there(monkeypatch, option, value, module, package):
    monkeypatch.setitem(sys.modules, module, None)
    cache = SureCache(SERVER, {"OPTIONS": {"WIRE": "django-redis", option: value}})
    with pytest.raises(Misuse, match=f"hint: pip install {package}"):
        _ = cache.engine


def test_what_is_not_there_is_told_before_the_first_request():
    options = {"WIRE": "django-redis", "SERIALIZER": "nowhere.Serializer"}
    backend = "surecache.django.SureCache"
    cache = {"BACKEND": backend, "LOCATION": SERVER, "KEY_PREFIX": "x", "OPTIONS": options}
    with override_settings(CACHES={"default": cache}):
        (error,) = [each for each in checks.check_caches() if each.id == "surecache.E004"]
        assert "nowhere.Serializer" in error.msg
        with pytest.raises(Misuse, match=r"nowhere\.Serializer"):
            apps.get_app_config("surecache").ready()


class Own:
    def __init__(self, options):
        pass

    def dumps(self, value):
        return value

    loads = dumps


def test_options_of_a_class_of_the_application_s_own_are_taken_and_told():
    own = {"WIRE": "django-redis", "SERIALIZER": f"{__name__}.Own", "LEVEL": 3}
    cache = {"BACKEND": "surecache.django.SureCache", "LOCATION": SERVER, "KEY_PREFIX": "x"}
    with override_settings(CACHES={"default": {**cache, "OPTIONS": own}}):
        found = {message.id: message.msg for message in checks.check_caches()}
    assert "OPTIONS['LEVEL'] is taken as an option of your own class" in found["surecache.I001"]
    assert "surecache.E004" not in found
    assert "found: LEVEL" in refusal(WIRE="django-redis", LEVEL=3)
    assert "found: LEVEL" in refusal(LEVEL=3)
    assert "OPTIONS['MAX_ENTRIES']" in refusal(**own, MAX_ENTRIES=3)


def test_a_class_that_is_no_serializer_is_told_before_the_first_request():
    for name, methods in [("SERIALIZER", "dumps"), ("COMPRESSOR", "compress")]:
        wrong = f"{__name__}.{'NoPart' if name == 'SERIALIZER' else 'Own'}"
        declared_cache = {"LOCATION": SERVER, "OPTIONS": {"WIRE": "django-redis", name: wrong}}
        (text,) = checks.refusals("default", declared_cache)
        assert text.startswith(f"CACHES['default']: OPTIONS['{name}']: wanted {methods} and")


class NoPart:
    def __init__(self, options):
        pass


def test_sealed_is_what_nobody_has_to_say():
    assert SureCache(SERVER, {}).settings.wire is None


def test_aliases_of_different_forms_are_different_stores(settings, redis_location):
    settings.CACHES = {
        "default": declared("sealed", "django", redis_location),
        "foreign": declared("foreign", "django", redis_location),
        "leaving": declared("leaving", "django", redis_location),
        "same": declared("foreign", "django", redis_location),
    }
    engines = {name: caches[name].engine for name in settings.CACHES}
    assert engines["same"] is engines["foreign"]
    assert len(set(engines.values())) == 3
    caches["foreign"].set("key", "foreign")
    assert [caches[name].get("key") for name in engines] == [None] + ["foreign"] * 3


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("stage", ["foreign", "leaving", "sealed"])
def test_a_check_warns_while_a_foreign_form_is_on(form, stage):
    with override_settings(CACHES={"default": declared(stage, form, SERVER)}):
        found = checks.check_caches()
    assert [message.id for message in found] == ([] if stage == "sealed" else ["surecache.W005"])
    if found:
        assert "anything unpickled" in found[0].msg
        assert "from-django-redis.md" in found[0].hint


def shortened(key, prefix, version):
    return f"{prefix}:{version}:short-{key}"


def unprefixed(key, prefix, version):
    return f"everywhere:{key}"


def test_a_key_function_of_the_application_s_own(settings, redis_location, call):
    form = declared("foreign", "django-redis", redis_location)
    old = declared("old", "django-redis", redis_location)
    function = {"KEY_FUNCTION": f"{__name__}.shortened"}
    settings.CACHES = {"default": {**form, **function}, "old": {**old, **function}}
    assert call(caches["default"], "set", "key", "value")
    assert caches["old"].get("key") == "value"
    caches["old"].client.get_client().connection_pool.disconnect()


def test_names_that_are_not_below_the_prefix_are_refused(settings, redis_location, call):
    """What is there is not this cache's: it could never be cleared, or is something else of it."""
    form = declared("foreign", "django-redis", redis_location)
    settings.CACHES = {"default": {**form, "KEY_FUNCTION": unprefixed}}
    for name, *arguments in [("get",), ("set", 1), ("incr",), ("get_or_set", 1), ("delete",)]:
        with pytest.raises(Misuse, match="wanted names of the form prefix:version:key"):
            call(caches["default"], name, "key", *arguments)


@pytest.mark.parametrize("version", ["v2", 1.5, True])
def test_a_version_that_is_no_integer_is_refused_by_its_name(pair, form, call, version):
    """It was said to be a matter of a KEY_FUNCTION, which nobody had set."""
    ours, _ = pair(form)
    for name, *arguments in [("get",), ("set", 1, None), ("incr", 1), ("delete",)]:
        with pytest.raises(Misuse, match=f"^version: .*wanted an int, found: {version!r}"):
            call(ours, name, "key", *arguments, version=version)
    call(ours, "set", "key", "value", None, version="2")
    assert call(ours, "get", "key", version=2) == "value"


def test_what_applies_only_with_a_form_is_refused_without():
    assert "OPTIONS['PICKLE_VERSION']: wanted what is done anyway" in refusal(PICKLE_VERSION=2)
    json = "django_redis.serializers.json.JSONSerializer"
    assert "for a roll-out OPTIONS['WIRE']" in refusal(SERIALIZER=json)
    assert "OPTIONS['PICKLE_VERSION']" in refusal(PICKLE_VERSION=2)


def test_the_whole_of_what_django_redis_is_told_stays(settings, redis_location):
    """Its other options are taken or refused by their names, as they are without a form."""
    options = {
        "CLIENT_CLASS": "django_redis.client.DefaultClient",
        "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
        "COMPRESSOR": "django_redis.compressors.zlib.ZlibCompressor",
        "SOCKET_TIMEOUT": 5,
        "IGNORE_EXCEPTIONS": False,
    }
    settings.CACHES = {
        "default": declared("foreign", "django-redis", redis_location, **options),
        "old": declared("old", "django-redis", redis_location, **options),
    }
    read = caches["default"].settings
    assert (read.timeout, read.compressor, read.wire.compressor) == (5, None, "zlib")
    caches["default"].set("key", {"text": "text" * 50})
    assert caches["old"].get("key") == {"text": "text" * 50}
    caches["old"].client.get_client().connection_pool.disconnect()


OWN_CLASS = "shop.compressors.Own"


@pytest.mark.parametrize(
    ("options", "sealed_with"),
    [
        ({"COMPRESSOR": "django_redis.compressors.zlib.ZlibCompressor"}, "zlib"),
        ({"COMPRESSOR": "zstd"}, "zstd"),
        ({"COMPRESSOR": "zstd", "compress_above": 10}, "zstd"),
        ({"COMPRESSOR": "identity"}, None),
        ({"COMPRESSOR": "zlib", "compressor": "zstd"}, "zstd"),
        ({"COMPRESSOR": "zlib", "compressor": None}, None),
        ({"COMPRESSOR": OWN_CLASS, "compressor": "zstd"}, "zstd"),
        ({"COMPRESSOR": OWN_CLASS, "compressor": None}, None),
        ({}, None),
    ],
)
def test_what_is_sealed_is_compressed_alike(options, sealed_with):
    read = SureCache(SERVER, {"OPTIONS": {"WIRE": "django-redis-to-sealed", **options}}).settings
    assert read.compressor == sealed_with
    found = {"django_redis.compressors.zlib.ZlibCompressor": "zlib"}
    given = options.get("COMPRESSOR", "identity")
    assert read.wire.compressor == found.get(given, given)


def test_a_compressor_of_the_application_s_own_seals_nothing():
    text = refusal(WIRE="django-redis-to-sealed", COMPRESSOR=OWN_CLASS)
    assert "wanted OPTIONS['compressor'] beside a class of your own" in text
    assert "None to compress nothing" in text
    wire = SureCache(SERVER, {"OPTIONS": {"WIRE": "django-redis", "COMPRESSOR": OWN_CLASS}})
    assert wire.settings.wire.compressor == OWN_CLASS


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("stage", ["foreign", "leaving", "sealed"])
def test_a_prefix_is_not_asked_for_while_the_other_cache_has_none(form, stage):
    """With one, nothing that stands there would be found."""
    bare = {**declared(stage, form, SERVER), "KEY_PREFIX": ""}
    with override_settings(CACHES={"default": bare}, DEBUG=False):
        found = [message.id for message in checks.check_caches()]
    assert found == ["surecache.W001" if stage == "sealed" else "surecache.W005"]
