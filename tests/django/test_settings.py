"""Settings: taken as they are, or refused with what was wanted and what was found."""

import copy
import gc
import math
import weakref

import pytest
from django.apps import apps
from django.core.cache import caches
from django.core.cache.backends.base import default_key_func
from django.test import override_settings
from surecache.django import SureCache, conf
from surecache.errors import Misuse

BACKEND = "surecache.django.SureCache"


def refusal(location="memory://refused", **parameters):
    with pytest.raises(Misuse) as caught:
        SureCache(location, parameters)
    return str(caught.value)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"PREFIX": "x"}, ["KEY_PREFIX", "found: PREFIX"]),
        ({"KEY_PREFIX": None}, ["KEY_PREFIX: wanted str", "found: None"]),
        ({"VERSION": "1"}, ["VERSION: wanted int", "found: '1'"]),
        ({"TIMEOUT": "300"}, ["TIMEOUT: wanted seconds", "found: '300'"]),
        ({"TIMEOUT": math.inf}, ["TIMEOUT: wanted fewer than", "seconds, or None, found: inf"]),
        ({"TIMEOUT": math.nan}, ["TIMEOUT: wanted fewer than", "seconds, or None, found: nan"]),
        ({"TIMEOUT": 1e300}, ["TIMEOUT: wanted fewer than", "seconds, or None, found: 1e+300"]),
        ({"TIMEOUT": 2**63}, ["TIMEOUT: wanted fewer than", "found: 9223372036854775808"]),
        *(
            ({name: given}, [f"{name}: wanted a function or its dotted path, found", repr(given)])
            for name in ["KEY_FUNCTION", "REVERSE_KEY_FUNCTION"]
            for given in ["no.such.function", "nodots", "os.path.sep", "", 5]
        ),
        ({"TIMEOUT": True}, ["TIMEOUT", "found: True"]),
        ({"OPTIONS": []}, ["OPTIONS: wanted a dict", "found: []"]),
        ({"OPTIONS": {"wat": 1}}, ["lease, map_bytes, max_connections", "found: wat"]),
        ({"SHARDS": 8}, ["found: SHARDS", "hint: remove it"]),
        ({"OPTIONS": {"map_bytes": "1G"}}, ["OPTIONS['map_bytes']", "found: '1G'"]),
        ({"OPTIONS": {"map_bytes": 0}}, ["OPTIONS['map_bytes']", "found: 0"]),
        ({"OPTIONS": {"wait": -1}}, ["OPTIONS['wait']", "1 ms to 1 hour", "found: -1"]),
        ({"OPTIONS": {"lease": 3600}}, ["OPTIONS['lease']", "1 minute", "found: 3600"]),
        ({"OPTIONS": {"lease": float("nan")}}, ["OPTIONS['lease']", "found: nan"]),
        ({"OPTIONS": {"timeout": 0}}, ["OPTIONS['timeout']", "1 minute", "found: 0"]),
        ({"OPTIONS": {"connect_timeout": "1"}}, ["OPTIONS['connect_timeout']", "found: '1'"]),
        ({"OPTIONS": {"max_connections": 0}}, ["OPTIONS['max_connections']", "found: 0"]),
        ({"OPTIONS": {"IGNORE_EXCEPTIONS": 1}}, ["IGNORE_EXCEPTIONS: wanted bool", "found: 1"]),
        ({"OPTIONS": {"compressor": "brotli"}}, ["gzip, lz4, lzma, zlib, zstd", "found: 'brotli'"]),
        ({"OPTIONS": {"compressor": "zstd", "compress_above": -1}}, ["0 or more", "found: -1"]),
        ({"OPTIONS": {"compressor": "zstd", "compress_above": True}}, ["found: True"]),
        ({"OPTIONS": {"compress_above": 1}}, ["a compressor beside it", "found: 1"]),
        ({"OPTIONS": {"secrets": []}}, ["OPTIONS['secrets']: wanted a list", "found: list"]),
        ({"OPTIONS": {"secrets": [""]}}, ["a secret", "found: an empty one"]),
        ({"OPTIONS": {"secrets": [7]}}, ["a secret", "found: int"]),
        ({"location": 7}, ["LOCATION", "found: int"]),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_value_found(parameters, words):
    text = refusal(**parameters)
    for word in words:
        assert word in text


def test_a_secret_is_never_part_of_a_refusal():
    assert "hunter2" not in refusal(OPTIONS={"secrets": "hunter2"})
    assert "hunter2" not in refusal(OPTIONS={"secrets": ["hunter2", 1]})


@pytest.mark.parametrize(
    ("location", "options", "words"),
    [
        ("embedded://relative", {}, ["wanted embedded:// or embedded:///an/absolute/folder"]),
        ("/var/cache/x", {}, ["wanted a location memory://name", "found: /var/cache/x"]),
        ("http://localhost", {}, ["wanted a location", "found: http://localhost"]),
        ("h:6379", {}, ["wanted a location", "found: h:6379"]),
        ("memory://a/b", {}, ["wanted memory://name, found: memory://a/b"]),
        ("redis://host:port", {}, ["wanted a port"]),
        ("redis://h:99999", {}, ["wanted a port"]),
        ("redis://h/abc", {}, ["wanted the number of a database"]),
        ("redis://svc/0?is_master=1", {}, ["found: is_master", "the primary alone"]),
        ("unix://relative", {}, ["wanted an absolute path to a socket"]),
        ("redis://h", {"map_bytes": 1 << 30}, ["map_bytes", "maxmemory"]),
        ("redis://h", {"tls_ca_file": "/ca.pem"}, ["tls_ca_file with a location rediss://"]),
        ("memory://a", {"tls_ca_file": "/ca.pem"}, ["tls_ca_file with the location of a server"]),
        ("memory://a", {"timeout": 1}, ["timeout with the location of a server"]),
        ("embedded:///a", {"max_connections": 1}, ["max_connections with the location of a"]),
        ("embedded:///a", {"map_bytes": 1}, ["wanted a map of 16777216", "found: 1"]),
        ("memory://a", {"secrets": ["short"]}, ["secret", "8 bytes"]),
    ],
)
def test_what_makes_no_sense_together_is_refused_at_start(location, options, words):
    declared = {"BACKEND": BACKEND, "LOCATION": location, "OPTIONS": options, "KEY_PREFIX": "x"}
    with override_settings(CACHES={"default": declared}):
        with pytest.raises(Misuse) as caught:
            apps.get_app_config("surecache").ready()
        with pytest.raises(Misuse):
            caches["default"].get("key")
    text = str(caught.value)
    assert text.startswith("CACHES['default']: ")
    for word in words:
        assert word in text


def test_defaults():
    found = conf.read("", {})
    assert found.location == "embedded://"
    assert (found.namespace, found.map_bytes, found.wait, found.lease) == ("", None, 30.0, 2.0)
    assert found.secrets == (b"the secret of the tests",)


def test_fallbacks_open_and_the_first_secret_seals(settings):
    options = {"BACKEND": BACKEND, "LOCATION": "memory://secrets", "KEY_PREFIX": "s"}
    with override_settings(SECRET_KEY="an old secret", CACHES={"default": options}):
        caches["default"].set("key", "sealed with old")
    with override_settings(
        SECRET_KEY="a new secret",
        SECRET_KEY_FALLBACKS=["an old secret"],
        CACHES={"default": options},
    ):
        assert caches["default"].get("key") == "sealed with old"
        caches["default"].set("key", "sealed with new")
    with override_settings(SECRET_KEY="an old secret", CACHES={"default": options}):
        assert caches["default"].get("key") is None
        assert caches["default"].engine.own_statistics()["(plain keys)"]["refusals"] == {
            "other_key": 1
        }


def test_secrets_of_the_options_take_the_place_of_the_application_s(settings):
    options = {"secrets": ["shared with another service"]}
    found = conf.read("", {"OPTIONS": options})
    assert found.secrets == (b"shared with another service",)


def test_timeouts_below_a_second_and_without_end(settings):
    store = {"BACKEND": BACKEND, "LOCATION": "memory://timeouts", "KEY_PREFIX": "t"}
    with override_settings(CACHES={"default": {**store, "TIMEOUT": None}}):
        cache = caches["default"]
        cache.set("key", 1)
        assert cache.engine.ttl(cache.make_key("key"), "none") is None
        cache.set("key", 1, timeout=0.5)
        assert 0 < cache.engine.ttl(cache.make_key("key"), "none") <= 0.5


def custom_key(key, prefix, version):
    return f"{version}|{prefix}|{key}"


def test_a_key_function_that_is_given_later():
    """By a subclass, say, whose keys have a tenant in them."""
    cache = SureCache("memory://given-later", {})
    cache.set("key", "of nobody")
    cache.key_func = lambda key, prefix, version: f"{prefix}|tenant|{version}|{key}"
    assert cache.get("key") is None
    cache.set("key", "of a tenant")
    assert cache.get("key") == "of a tenant"
    cache.key_func = default_key_func
    assert cache.get("key") == "of nobody"


def test_a_copy_has_what_its_cache_was_given():
    cache = SureCache("memory://copied", {"KEY_PREFIX": "p", "TIMEOUT": 60})
    cache.version, cache.noted = 3, "later"
    client = cache.client
    other = copy.copy(cache)
    cache.set("key", 1)
    assert (other.get("key"), other.version, other.noted) == (1, 3, "later")
    assert (other.default_timeout, other.engine) == (60, cache.engine)
    assert other.client is not client
    other.key_prefix = "other"
    assert (other.get("key"), cache.get("key")) == (None, 1)


def with_a_key_function_of_its_own():
    cache = SureCache("memory://holds-itself", {})
    cache.key_func = lambda key, prefix, version: f"{cache.key_prefix}:{version}:{key}"
    cache.set("key", 1)
    assert cache.get("key") == 1
    return weakref.ref(cache)


def test_a_key_function_that_holds_its_cache_does_not_keep_it():
    seen = with_a_key_function_of_its_own()
    gc.collect()
    assert seen() is None


def test_a_prefix_and_a_version_that_are_given_later():
    cache = SureCache("memory://given-later", {})
    cache.set("key", "first")
    cache.version = 2
    assert cache.get("key") is None
    assert cache.get("key", version=1) == "first"
    cache.version, cache.key_prefix = 1, "other"
    assert cache.get_many(["key"]) == {}
    assert cache.make_and_validate_key("key") == "other:1:key"
    for version in ("named", 2**80, True):
        cache.version = version
        cache.set("key", "of another kind")
        assert cache.get("key") == "of another kind"
        assert cache.make_and_validate_key("key") == f"other:{version}:key"


class OfATenant(SureCache):
    """Has its prefix from elsewhere."""

    tenant = "one"

    @property
    def key_prefix(self):
        return self.tenant

    @key_prefix.setter
    def key_prefix(self, value):
        pass


def test_a_subclass_may_have_a_prefix_of_its_own():
    cache = OfATenant("memory://tenants", {})
    cache.set("key", "of one")
    cache.tenant = "two"
    assert cache.get("key") is None
    assert cache.get_many(["key"]) == {}
    cache.tenant = "one"
    assert cache.get("key") == "of one"


def test_a_key_function_of_the_application(settings):
    store = {"BACKEND": BACKEND, "LOCATION": "memory://named", "KEY_PREFIX": "n"}
    named = {**store, "KEY_FUNCTION": f"{__name__}.custom_key"}
    with override_settings(CACHES={"default": named}):
        cache = caches["default"]
        assert cache.make_and_validate_key("key", 3) == "3|n|key"
        cache.set("key", 1)
        assert cache.engine.get("1|n|key") == 1


def test_the_longest_timeouts_are_taken(settings):
    for timeout in [2.0**62, -(2.0**62), 0, 1e17]:
        cache = SureCache("memory://longest", {"TIMEOUT": timeout})
        assert cache.set("key", "value")
        assert cache.get("key") == ("value" if timeout > 0 else None)
