"""Settings that were written for other caches: taken, or refused with what to write instead.

What there is in the other packages is asked of the packages themselves, so that none of it can be
forgotten.
"""

import ast
import inspect
import pickle
import re
import ssl
from collections.abc import Iterator
from pathlib import Path

import diskcache
import django_redis
import django_valkey
import pytest
from django.apps import apps
from django.core.cache.backends.redis import RedisCacheClient
from django.test import override_settings
from django_redis.cache import RedisCache
from surecache.django import _foreign_options as foreign
from surecache.django import checks, conf
from surecache.errors import Misuse

PAGE = Path(__file__).parents[2] / "docs/reference/foreign-options.md"
SERVER = "redis://cache:7000"
SENTINELS = [("one", 26379), ("two", 7000), ("::1", 7001)]
OF_SENTINELS = {
    "CLIENT_CLASS": "django_redis.client.SentinelClient",
    "CONNECTION_POOL_CLASS": "redis.sentinel.SentinelConnectionPool",
    "SENTINELS": SENTINELS,
}
SECRET = "geheim"


def read(location=SERVER, **options):
    return conf.read(location, {"OPTIONS": options})


def refusal(location=SERVER, **options):
    with pytest.raises(Misuse) as caught:
        read(location, **options)
    assert SECRET not in str(caught.value)
    return str(caught.value)


def trees(package) -> Iterator[ast.AST]:
    for file in Path(package.__file__).parent.rglob("*.py"):
        yield from ast.walk(ast.parse(file.read_text()))


def asked_of(package, called="options") -> set[str]:
    """The constants that a package looks up in what it calls so."""

    def is_options(node: ast.expr) -> bool:
        name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
        return name.endswith(called)

    found = set()
    for node in trees(package):
        match node:
            case ast.Call(ast.Attribute(owner, "get" | "setdefault" | "pop"), [first, *_]):
                keys = [first] if is_options(owner) else []
            case ast.Subscript(owner, key):
                keys = [key] if is_options(owner) else []
            case ast.Compare(left, [ast.In()], [owner]):
                keys = [left] if is_options(owner) else []
            case _:
                keys = []
        found |= {key.value for key in keys if isinstance(key, ast.Constant)}
    return found


def asked_of_settings(package) -> set[str]:
    """The settings beside CACHES that a package reads."""
    found = set()
    for node in trees(package):
        match node:
            case ast.Call(ast.Name("getattr"), [ast.Name("settings"), ast.Constant(name), *_]):
                found.add(name)
    return found


@pytest.mark.parametrize("package", [django_redis, django_valkey])
def test_every_option_of_the_two_packages_has_a_rule(package):
    asked = asked_of(package)
    assert {"COMPRESSOR", "SENTINELS", "SOCKET_TIMEOUT", "PICKLE_VERSION"} <= asked
    assert asked - {*conf.OPTIONS, *foreign.OPTIONS, foreign.POOL_KWARGS} == set()
    beside = {name for name in asked_of(package, "params") if name.isupper()}
    assert {"OPTIONS", "REVERSE_KEY_FUNCTION"} <= beside
    # What Django's own base class looks up there, of the package or of a copy of it.
    assert beside - {"CULL_FREQUENCY", "MAX_ENTRIES"} <= set(conf.PARAMETERS)


def test_every_setting_of_the_two_packages_has_a_rule():
    asked = asked_of_settings(django_redis) | asked_of_settings(django_valkey)
    assert {"DJANGO_REDIS_IGNORE_EXCEPTIONS", "DJANGO_VALKEY_IGNORE_EXCEPTIONS"} <= asked
    assert asked == set(foreign.SETTINGS)


def test_every_option_of_django_s_own_cache_has_a_rule():
    asked = set(inspect.signature(RedisCacheClient).parameters) - {"servers", "options"}
    assert asked == {"serializer", "pool_class", "parser_class"}
    assert asked <= {*foreign.OPTIONS, *foreign.POOL}


def test_every_option_of_diskcache_has_a_rule():
    assert set(diskcache.core.DEFAULT_SETTINGS) <= set(foreign.OPTIONS)


def test_the_classes_that_are_taken_are_there():
    """Those of django-redis; a rule for one that is not would help nobody."""
    from django.utils.module_loading import import_string

    values = [
        known
        for rule in foreign.OPTIONS.values()
        for known, _ in rule.values or ()
        if isinstance(known, str) and known.startswith("django_redis.")
    ]
    assert len(values) > 10
    for path in values:
        assert isinstance(import_string(path), type)


def row(name, rule):
    """A row of the page."""
    done = rule.fate if rule.to else "taken"
    if rule.values == ():
        done = "refused"
    elif rule.values:
        known = dict.fromkeys(shown(value) for value, _ in rule.values)
        done += ": " + ", ".join(f"`{value}`" for value in known)
    return f"| `{name}` | {done} | {rule.instead} |"


def shown(value):
    if isinstance(value, str):
        return value.rpartition(".")[2]
    return getattr(value, "name", repr(value))


def test_the_page_says_what_the_tables_say():
    on_page = [
        line for line in PAGE.read_text().splitlines() if re.match(r"\| `[A-Za-z0-9_]+` \|", line)
    ]
    rules = {**foreign.OPTIONS, **foreign.POOL}
    in_code = [row(name, rule) for name, rule in rules.items()]
    refused = {**foreign.PARAMETERS, **foreign.SETTINGS}
    in_code += [f"| `{name}` | {instead} |" for name, instead in refused.items()]
    assert sorted(on_page) == sorted(in_code)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"SOCKET_TIMEOUT": 2}, {"timeout": 2.0}),
        ({"SOCKET_CONNECT_TIMEOUT": 0.5}, {"connect_timeout": 0.5}),
        ({"PASSWORD": None}, {"location": SERVER}),
        ({"PASSWORD": ""}, {"location": SERVER}),
        ({"COMPRESSOR": "zlib"}, {"compressor": "zlib"}),
        ({"PASSWORD": "a@b/:?%#"}, {"location": "redis://:a%40b%2F%3A%3F%25%23@cache:7000"}),
        ({"USERNAME": "me", "PASSWORD": "p"}, {"location": "redis://me:p@cache:7000"}),
        ({"COMPRESSOR": "django_redis.compressors.zstd.ZStdCompressor"}, {"compressor": "zstd"}),
        ({"COMPRESSOR": "django_redis.compressors.lz4.Lz4Compressor"}, {"compressor": "lz4"}),
        ({"COMPRESSOR": "django_redis.compressors.lzma.LzmaCompressor"}, {"compressor": "lzma"}),
        ({"COMPRESSOR": "django_redis.compressors.gzip.GzipCompressor"}, {"compressor": "gzip"}),
        ({"COMPRESSOR": "django_valkey.compressors.zlib.ZlibCompressor"}, {"compressor": "zlib"}),
        (
            {"COMPRESSOR": "django_redis.compressors.identity.IdentityCompressor"},
            {"compressor": None},
        ),
        ({"SERIALIZER": "django_redis.serializers.pickle.PickleSerializer"}, {}),
        ({"PICKLE_VERSION": -1, "CLOSE_CONNECTION": False, "REPLICA_READ_ONLY": True}, {}),
        ({"PARSER_CLASS": "redis.connection.HiredisParser", "REDIS_CLIENT_KWARGS": {}}, {}),
        ({"IGNORE_EXCEPTIONS": True, "LOG_IGNORED_EXCEPTIONS": True}, {"ignores_exceptions": True}),
        ({"CONNECTION_POOL_KWARGS": {"max_connections": 50}}, {"max_connections": 50}),
        (
            {"CONNECTION_POOL_KWARGS": {"socket_timeout": 1, "retry_on_timeout": False}},
            {"timeout": 1.0},
        ),
        # Those of Django's own cache.
        ({"db": 3, "pool_class": "redis.BlockingConnectionPool"}, {"location": f"{SERVER}/3"}),
        ({"socket_timeout": 0.1, "max_connections": 5}, {"timeout": 0.1, "max_connections": 5}),
        ({"parser_class": "redis._parsers._RESP2Parser", "password": "p"}, {}),
    ],
)
def test_what_means_the_same_is_taken(options, expected):
    found = read(**options)
    assert {name: getattr(found, name) for name in expected} == expected


def test_files_for_tls_are_taken_and_certificates_are_always_verified():
    kwargs = {
        "ssl_ca_certs": "/etc/authority.pem",
        "ssl_certfile": "/etc/client.pem",
        "ssl_keyfile": "/etc/client.key",
        "ssl_cert_reqs": ssl.CERT_REQUIRED,
        "ssl_check_hostname": True,
    }
    found = read("rediss://cache", CONNECTION_POOL_KWARGS=kwargs)
    assert found.tls_ca_file == "/etc/authority.pem"
    assert found.tls_identity == ("/etc/client.pem", "/etc/client.key")
    for verified in (
        {"ssl_cert_reqs": None},
        {"ssl_cert_reqs": "none"},
        {"ssl_check_hostname": False},
    ):
        assert "always verified" in refusal("rediss://cache", CONNECTION_POOL_KWARGS=verified)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"CLIENT_CLASS": "django_redis.client.HerdClient"}, ["HerdClient", "load once"]),
        ({"CLIENT_CLASS": "django_redis.client.ShardClient"}, ["ShardClient", "one server"]),
        ({"SERIALIZER": "django_redis.serializers.json.JSONSerializer"}, ["JSONSerializer"]),
        ({"SERIALIZER": pickle.Pickler}, ["SERIALIZER", "_pickle.Pickler"]),
        (
            {"COMPRESSOR": "shop.Compressor"},
            ["OPTIONS['COMPRESSOR']", "hint: OPTIONS['compressor']"],
        ),
        ({"PICKLE_VERSION": 2}, ["OPTIONS['PICKLE_VERSION']", "found: 2", "the protocol is 5"]),
        ({"PICKLE_VERSION": True}, ["found: True"]),
        ({"CLOSE_CONNECTION": True}, ["CLOSE_CONNECTION", "used again"]),
        ({"SOCKET_TIMEOUT": "1"}, ["OPTIONS['SOCKET_TIMEOUT']", "found: '1'"]),
        ({"SOCKET_TIMEOUT": 600}, ["OPTIONS['SOCKET_TIMEOUT']", "1 minute", "found: 600"]),
        ({"PARSER_CLASS": "shop.Parser"}, ["PARSER_CLASS", "found: shop.Parser"]),
        ({"CONNECTION_FACTORY": "shop.Factory"}, ["CONNECTION_FACTORY", "surecache's own"]),
        ({"CONNECTION_POOL_CLASS": "shop.Pool"}, ["CONNECTION_POOL_CLASS", "max_connections"]),
        ({"CONNECTION_POOL_KWARGS": 5}, ["CONNECTION_POOL_KWARGS", "wanted a dict", "found: int"]),
        (
            {"CONNECTION_POOL_KWARGS": {"retry_on_timeout": True}},
            ["['CONNECTION_POOL_KWARGS']['retry_on_timeout']", "only deletes are repeated"],
        ),
        ({"CONNECTION_POOL_KWARGS": {"timeout": 20}}, ["['timeout']", "free connection"]),
        ({"CONNECTION_POOL_KWARGS": {"wat": 1}}, ["['wat']", "surecache's own"]),
        ({"CONNECTION_POOL_KWARGS": {"ssl_password": SECRET}}, ["ssl_password", "found: str"]),
        ({"SENTINEL_KWARGS": {"password": SECRET}}, ["SENTINEL_KWARGS", "without a password"]),
        ({"REDIS_CLIENT_KWARGS": {"password": SECRET}}, ["REDIS_CLIENT_KWARGS", "found: dict"]),
        ({"PASSWORD": 7}, ["OPTIONS['PASSWORD']: wanted a text", "found: int"]),
        ({"SOCKET_TIMEOUT": None}, ["OPTIONS['SOCKET_TIMEOUT']: wanted a number, found: None"]),
        ({"USERNAME": "me"}, ["OPTIONS['USERNAME']: wanted a password beside it"]),
        ({"db": "1"}, ["OPTIONS['db']", "found: '1'"]),
        ({"MAX_ENTRIES": 9}, ["OPTIONS['MAX_ENTRIES']", "hint: OPTIONS['map_bytes']"]),
        ({"size_limit": 2**30}, ["OPTIONS['size_limit']", "hint: OPTIONS['map_bytes']"]),
    ],
)
def test_everything_else_is_refused_by_name_with_what_to_write(options, words):
    text = refusal(**options)
    for word in words:
        assert word in text


@pytest.mark.parametrize(
    "options",
    [
        {"SOCKET_TIMEOUT": 1, "timeout": 1},
        {"timeout": 1, "SOCKET_TIMEOUT": 1},
        {"SOCKET_TIMEOUT": 1, "CONNECTION_POOL_KWARGS": {"socket_timeout": 1}},
        {"max_connections": 5, "CONNECTION_POOL_KWARGS": {"max_connections": 5}},
        {"COMPRESSOR": "django_redis.compressors.zstd.ZStdCompressor", "compressor": "lz4"},
        {"PASSWORD": "p", "password": "p"},
    ],
)
def test_what_is_said_twice_is_refused(options):
    assert "found both" in refusal(**options)


def test_a_password_is_said_in_one_place():
    assert "found it in both" in refusal(f"redis://:{SECRET}@cache", PASSWORD=SECRET)
    assert "found it in both" in refusal(f"redis://me:{SECRET}@cache", USERNAME="me")
    assert read("redis://me@cache", PASSWORD="p").location == "redis://me:p@cache"
    for location in ("memory://here", "embedded://", "embedded:///folder"):
        assert "location of a server" in refusal(location, PASSWORD=SECRET)


def test_all_that_is_refused_is_told_at_once():
    text = refusal(CLOSE_CONNECTION=True, PICKLE_VERSION=2, MAX_ENTRIES=1)
    assert text.count("hint: ") == 3
    text = refusal(["redis://a", "redis://b"], MAX_ENTRIES=1, wat=1, wut=2, wait=0, timeout="1")
    for word in ["MAX_ENTRIES", "found: wat, wut", "'wait'", "'timeout'", "wanted one server"]:
        assert word in text
    assert len(text.splitlines()) == 5 + text.count("hint: ")


@pytest.mark.parametrize(
    ("location", "options", "expected"),
    [
        ("redis://:p@cache:7000/1", {}, "redis://:p@cache:7000/1"),
        ("redis://cache?db=4", {}, "redis://cache/4"),
        ("rediss://u:p@cache:1/?db=4", {}, "rediss://u:p@cache:1/4"),
        ("unix:///run/socket?db=1", {}, "unix:///run/socket?db=1"),
        ("unix:///run/socket", {"db": 2, "PASSWORD": "p"}, "unix://:p@/run/socket?db=2"),
        ("valkey://cache/1", {}, "redis://cache/1"),
        ("valkeys://cache", {}, "rediss://cache"),
        (["redis://cache/1"], {}, "redis://cache/1"),
        (("unix:///run/socket",), {}, "unix:///run/socket"),
        (
            "redis://shop/2",
            {**OF_SENTINELS, "PASSWORD": "p"},
            "redis+sentinel://:p@one:26379,two:7000,[::1]:7001/shop/2",
        ),
        ("redis://shop", OF_SENTINELS, "redis+sentinel://one:26379,two:7000,[::1]:7001/shop"),
        ("redis+sentinel://one,two/shop/2", {}, "redis+sentinel://one,two/shop/2"),
        ("redis+sentinel://one/shop", {"PASSWORD": "p"}, "redis+sentinel://:p@one/shop"),
        ("memory://name", {}, "memory://name"),
        ("", {}, "embedded://"),
    ],
)
def test_locations_as_others_write_them(location, options, expected):
    assert read(location, **options).location == expected


@pytest.mark.parametrize(
    ("location", "options", "words"),
    [
        ([f"redis://:{SECRET}@a", "redis://b"], {}, ["wanted one server", "found: 2", "primary"]),
        (f"redis://:{SECRET}@a,redis://b,redis://c", {}, ["found: 3", "redis+sentinel://"]),
        ([], {}, ["wanted one server", "found: 0"]),
        (7, {}, ["LOCATION: wanted a text", "found: int"]),
        (
            "redis://cache?socket_timeout=1",
            {},
            ["found: socket_timeout", "hint: OPTIONS['timeout']"],
        ),
        ("rediss://cache?ssl_cert_reqs=none", {}, ["found: ssl_cert_reqs", "always verified"]),
        ("unix:///socket?password=geheim", {}, ["found: password", "hint: LOCATION"]),
        ("redis://cache/1?db=2", {}, ["wanted one database", "found: 1, 2"]),
        ("redis://cache/1", {"db": 2}, ["wanted one database", "found: 1, 2"]),
        ("redis+sentinel://one/shop", {"db": 2}, ["OPTIONS['db']", "behind the service"]),
        ("redis://shop", {**OF_SENTINELS, "SENTINELS": ["one"]}, ["a list of (host, port)"]),
        ("redis://shop", {**OF_SENTINELS, "SENTINELS": []}, ["a list of (host, port)"]),
        ("rediss://shop", OF_SENTINELS, ["SENTINELS", "redis://service/database"]),
        ("redis://shop", {"CLIENT_CLASS": OF_SENTINELS["CLIENT_CLASS"]}, ["wanted SENTINELS"]),
    ],
)
def test_locations_that_mean_something_else(location, options, words):
    text = refusal(location, **options)
    for word in words:
        assert word in text


class MadeOfTheirs(RedisCache):
    """A cache of an application's own."""


def test_settings_that_nobody_reads_any_more_are_refused():
    sure = {"BACKEND": "surecache.django.SureCache", "LOCATION": "memory://x", "KEY_PREFIX": "x"}
    theirs = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": SERVER}
    with override_settings(DJANGO_REDIS_IGNORE_EXCEPTIONS=True, CACHES={"default": sure}):
        assert "hint: OPTIONS['IGNORE_EXCEPTIONS']" in refusal()
        assert read(IGNORE_EXCEPTIONS=True).ignores_exceptions
    made_of_theirs = {**theirs, "BACKEND": f"{__name__}.MadeOfTheirs"}
    for other in (theirs, made_of_theirs):
        both = {"default": sure, "old": other}
        with override_settings(DJANGO_REDIS_LOGGER="theirs", CACHES=both):
            assert not read().ignores_exceptions
        # This cache would raise in an outage where it did not before.
        with override_settings(DJANGO_REDIS_IGNORE_EXCEPTIONS=True, CACHES=both):
            assert "hint: OPTIONS['IGNORE_EXCEPTIONS']" in refusal()
            assert not read(IGNORE_EXCEPTIONS=False).ignores_exceptions


@override_settings(DJANGO_REDIS_LOGGER="theirs", DJANGO_REDIS_SCAN_ITERSIZE=9)
def test_all_settings_that_nobody_reads_are_told_at_once():
    text = refusal()
    assert "found: DJANGO_REDIS_LOGGER\nhint: LOGGING" in text
    assert "found: DJANGO_REDIS_SCAN_ITERSIZE\nhint: remove it" in text


def test_the_checks_tell_what_was_taken_and_what_is_refused():
    options = {
        "PASSWORD": SECRET,
        "SOCKET_TIMEOUT": 1,
        "CONNECTION_POOL_KWARGS": {"max_connections": 9},
        "PICKLE_VERSION": -1,
    }
    sure = {"BACKEND": "surecache.django.SureCache", "LOCATION": SERVER, "KEY_PREFIX": "x"}
    with override_settings(CACHES={"default": {**sure, "OPTIONS": options}}):
        messages = checks.check_caches()
    assert {message.id for message in messages} == {"surecache.I001"}
    assert [(message.msg.partition(": ")[2], message.hint) for message in messages] == [
        ("OPTIONS['PASSWORD'] is taken into LOCATION", "LOCATION"),
        ("OPTIONS['SOCKET_TIMEOUT'] is taken as timeout", "OPTIONS['timeout']"),
        (
            "OPTIONS['CONNECTION_POOL_KWARGS']['max_connections'] is taken as max_connections",
            "OPTIONS['max_connections']",
        ),
        (
            "OPTIONS['PICKLE_VERSION'] is what is done anyway",
            foreign.OPTIONS["PICKLE_VERSION"].instead,
        ),
    ]
    for location in (["redis://cache"], "redis://cache?db=1", "valkey://cache"):
        with override_settings(CACHES={"default": {**sure, "LOCATION": location}}):
            (message,) = checks.check_caches()
        assert (message.id, message.hint) == ("surecache.I001", "redis://host:port/database")
    options = {"PICKLE_VERSION": 2, "CLOSE_CONNECTION": True}
    with override_settings(CACHES={"default": {**sure, "OPTIONS": options}}):
        messages = checks.check_caches()
    for name, message in zip(options, messages, strict=True):
        assert (message.id, message.level) == ("surecache.E004", 40)
        assert f"CACHES['default']: OPTIONS['{name}']" in message.msg
        assert message.hint == foreign.OPTIONS[name].instead


def test_an_application_does_not_start_with_what_is_refused():
    sure = {"BACKEND": "surecache.django.SureCache", "LOCATION": SERVER}
    options = {"CLOSE_CONNECTION": True, "PICKLE_VERSION": 2, "SOCKET_TIMEOUT": 1}
    declared = {
        "default": {**sure, "KEY_PREFIX": "x"},
        "other": {**sure, "OPTIONS": options},
        "third": {**sure, "TIMEOUT": "soon"},
    }
    with override_settings(CACHES=declared):
        with pytest.raises(Misuse) as caught:
            apps.get_app_config("surecache").ready()
        errors = [each for each in checks.check_caches() if each.id == "surecache.E004"]
    told = [f"{each.msg}\nhint: {each.hint}" if each.hint else each.msg for each in errors]
    assert str(caught.value) == "\n".join(told)
    assert [each.msg.split(": ")[0] for each in errors] == [
        "CACHES['other']",
        "CACHES['other']",
        "CACHES['third']",
    ]
