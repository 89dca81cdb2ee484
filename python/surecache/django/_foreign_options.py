"""Options of other caches for Django, and what is done about them: tables without a rule.

What can be said here is taken under its name here; what says what is done anyway is taken as it
is; everything else is refused, with what to write instead. Nothing is left out in silence. The
tables are also on a page, docs/reference/foreign-options.md.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from surecache.django._spans import TIMEOUT, Bounds

__all__ = [
    "BEHIND_LOCATION",
    "LOCATION",
    "OF_OWN_CLASS",
    "OPTIONS",
    "PACKAGES",
    "PARAMETERS",
    "PARTS",
    "POOL",
    "POOL_KWARGS",
    "SETTINGS",
    "UNKNOWN",
    "Rule",
]

PACKAGES = ("django_redis", "django_valkey")
PARTS = ("db", "password", "sentinels", "username")
"""What is a part of the location here."""


@dataclass(frozen=True)
class Rule:
    """What is done about an option of another cache."""

    instead: str
    """What to write in its place."""
    to: str | None = None
    """What it is called here: an option, or a part of the location."""
    values: tuple[tuple[object, object], ...] | None = None
    """The values that are taken, each with what it is here; None for all."""
    bounds: Bounds | None = None
    """For a span: what is taken."""

    @property
    def fate(self) -> str:
        """What a value is that is taken, in a few words."""
        if self.to is None:
            return "what is done anyway"
        return "taken into LOCATION" if self.to in PARTS else f"taken as {self.to}"


def _renamed(to: str, bounds: Bounds | None = None) -> Rule:
    place = "LOCATION" if to in PARTS else f"OPTIONS['{to}']"
    return Rule(place, to, bounds=bounds)


def _same(*values: object, instead: str) -> Rule:
    return Rule(instead, values=tuple((value, None) for value in values))


def _refused(instead: str) -> Rule:
    return Rule(instead, values=())


def _paths(*names: str) -> tuple[str, ...]:
    return tuple(f"{package}.{name}" for name in names for package in PACKAGES)


def _compressors() -> tuple[tuple[object, object], ...]:
    classes = {
        "gzip.GzipCompressor": "gzip",
        "identity.IdentityCompressor": None,
        "lz4.Lz4Compressor": "lz4",
        "lzma.LzmaCompressor": "lzma",
        "zlib.ZlibCompressor": "zlib",
        "zstd.ZStdCompressor": "zstd",
    }
    paths = [
        (path, name) for each, name in classes.items() for path in _paths(f"compressors.{each}")
    ]
    return (*paths, *((name or "identity", name) for name in classes.values()))


_ONE_CLIENT = "remove it: the connections are surecache's own"
_NOT_REPEATED = "remove it: only deletes are repeated, anything else fails after OPTIONS['timeout']"
_LOOKED_AT = "remove it: a connection that lay idle for a second is looked at before it is used"
_VERIFIED = "remove it: a certificate is always verified, if need be by OPTIONS['tls_ca_file']"
_BY_SIZE = "OPTIONS['map_bytes'] bounds the store, in bytes"
_EVICTS = "remove it: a full store evicts by itself"
_LMDB = "remove it: the embedded store is no SQLite"
_SENTINELS = "LOCATION = 'redis+sentinel://host,host/service/database'"

_POOL_CLASS = _same(
    "redis.ConnectionPool",
    "redis.connection.ConnectionPool",
    "redis.BlockingConnectionPool",
    "redis.connection.BlockingConnectionPool",
    "redis.sentinel.SentinelConnectionPool",
    "valkey.ConnectionPool",
    "valkey.connection.ConnectionPool",
    "valkey.BlockingConnectionPool",
    "valkey.connection.BlockingConnectionPool",
    "valkey.sentinel.SentinelConnectionPool",
    instead="remove it: there are up to OPTIONS['max_connections'], and who finds none waits",
)
_PARSER_CLASS = _same(
    "redis.connection.DefaultParser",
    "redis.connection.HiredisParser",
    "redis.connection.PythonParser",
    "redis.connection._HiredisParser",
    "redis.connection._RESP2Parser",
    "redis._parsers._HiredisParser",
    "redis._parsers._RESP2Parser",
    "redis._parsers.hiredis._HiredisParser",
    "redis._parsers.resp2._RESP2Parser",
    "valkey.connection.DefaultParser",
    "valkey.connection.LibvalkeyParser",
    instead="remove it: replies are parsed in Rust",
)
_LOGGED = _same(
    True, instead="remove it: the logger surecache is told, and its level is set in LOGGING"
)
_CLIENT_CLASS = _same(
    "redis.Redis",
    "redis.StrictRedis",
    "redis.client.Redis",
    "redis.client.StrictRedis",
    "valkey.Valkey",
    "valkey.client.Valkey",
    instead=_ONE_CLIENT,
)

POOL = {
    "client_name": _refused("remove it: connections are named surecache"),
    "db": _renamed("db"),
    "decode_responses": _same(False, instead="remove it: values come back as they were stored"),
    "health_check_interval": _same(0, instead=_LOOKED_AT),
    "max_connections": _renamed("max_connections"),
    "parser_class": _PARSER_CLASS,
    "password": _renamed("password"),
    "protocol": _same(2, 3, instead="remove it: replies mean the same in both"),
    "retry": _refused(_NOT_REPEATED),
    "retry_on_error": _same([], instead=_NOT_REPEATED),
    "retry_on_timeout": _same(False, instead=_NOT_REPEATED),
    "socket_connect_timeout": _renamed("connect_timeout", TIMEOUT),
    "socket_keepalive": _same(False, instead=_LOOKED_AT),
    "socket_timeout": _renamed("timeout", TIMEOUT),
    "ssl_ca_certs": _renamed("tls_ca_file"),
    "ssl_cert_reqs": _same("required", ssl.CERT_REQUIRED, instead=_VERIFIED),
    "ssl_certfile": _renamed("tls_cert_file"),
    "ssl_check_hostname": _same(True, instead=_VERIFIED),
    "ssl_keyfile": _renamed("tls_key_file"),
    "timeout": _refused("remove it: a call waits for a free connection for OPTIONS['timeout']"),
    "username": _renamed("username"),
}
"""Of a pool of redis-py: CONNECTION_POOL_KWARGS, and OPTIONS of Django's own RedisCache."""

BEHIND_LOCATION = {
    **{name: rule.instead for name, rule in POOL.items() if name != "db"},
    "is_master": "remove it: the primary alone is written and read",
}
"""What others write behind the ? of a location, and what to write instead: all are refused."""

LOCATION = Rule("redis://host:port/database", "one server and its database")
"""Of a location that is written otherwise here."""

OF_OWN_CLASS = Rule("remove it where the class does not read it", "an option of your own class")
"""Of what nobody knows beside a class of the application's own that is made with OPTIONS."""

POOL_KWARGS = "CONNECTION_POOL_KWARGS"

UNKNOWN = _refused(_ONE_CLIENT)
"""Whatever else a pool takes."""

OPTIONS = {
    # Of django-redis and django-valkey.
    "BASE_CLIENT_CLASS": _CLIENT_CLASS,
    "BASE_CLIENT_KWARGS": _same({}, instead=_ONE_CLIENT),
    "CLIENT_CLASS": _same(
        *_paths(
            "client.DefaultClient",
            "client.SentinelClient",
            "client.default.DefaultClient",
            "client.sentinel.SentinelClient",
        ),
        instead="remove it: get_or_set and regions load once, as a herd wants it, and a cache has"
        " one server",
    ),
    "CLOSE_CONNECTION": _same(False, instead="remove it: connections are used again"),
    "COMPRESSOR": Rule("OPTIONS['compressor']", "compressor", _compressors()),
    "CONNECTION_FACTORY": _same(
        *_paths("pool.ConnectionFactory", "pool.SentinelConnectionFactory"), instead=_ONE_CLIENT
    ),
    "CONNECTION_POOL_CLASS": _POOL_CLASS,
    "LOG_IGNORED_EXCEPTIONS": _LOGGED,
    "LOG_IGNORE_EXCEPTIONS": _LOGGED,
    "PARSER_CLASS": _PARSER_CLASS,
    "PARSER_CLS": _PARSER_CLASS,
    "PASSWORD": _renamed("password"),
    "PICKLE_VERSION": _same(
        5, -1, instead="remove it: the protocol is 5, which every supported Python reads"
    ),
    "REDIS_CLIENT_CLASS": _CLIENT_CLASS,
    "REDIS_CLIENT_KWARGS": _same({}, instead=_ONE_CLIENT),
    "REPLICA_READ_ONLY": _same(
        True, False, instead="remove it: the primary alone is written and read"
    ),
    "SENTINELS": Rule(_SENTINELS, "sentinels"),
    "SENTINEL_KWARGS": _same(
        {},
        None,
        instead="remove it: sentinels are asked without a password, and that of OPTIONS['PASSWORD']"
        " is the server's",
    ),
    "SERIALIZER": _same(
        *_paths("serializers.pickle.PickleSerializer"),
        instead="remove it: values are pickled, and unpickled only where this application sealed"
        " them; for a roll-out OPTIONS['WIRE'] beside it",
    ),
    "SOCKET_CONNECT_TIMEOUT": _renamed("connect_timeout", TIMEOUT),
    "SOCKET_TIMEOUT": _renamed("timeout", TIMEOUT),
    "USERNAME": _renamed("username"),
    # Of Django's own RedisCache, beside those of a pool.
    "pool_class": _POOL_CLASS,
    "serializer": _same(
        "django.core.cache.backends.redis.RedisSerializer",
        instead="remove it: values are pickled, and unpickled only where this application sealed"
        " them",
    ),
    # Of Django's LocMemCache, FileBasedCache and DatabaseCache.
    "CULL_FREQUENCY": _refused(_EVICTS),
    "MAX_ENTRIES": _refused(_BY_SIZE),
    # Of diskcache.
    "cull_limit": _refused(_EVICTS),
    "disk_min_file_size": _refused("remove it: all values lie in the store itself"),
    "disk_pickle_protocol": _same(5, instead="remove it: the protocol is 5"),
    "eviction_policy": _refused(_EVICTS),
    "size_limit": _refused(_BY_SIZE),
    "sqlite_auto_vacuum": _refused(_LMDB),
    "sqlite_cache_size": _refused(_LMDB),
    "sqlite_journal_mode": _refused(_LMDB),
    "sqlite_mmap_size": _refused(_LMDB),
    "sqlite_synchronous": _refused(_LMDB),
    "statistics": _refused(
        "remove it: reads are always counted; manage.py surecache stats shows them"
    ),
    "tag_index": _refused("remove it: a region declares what its answers depend on"),
}
"""All others that stand in OPTIONS, but for the dict of those of a pool."""

PARAMETERS = {
    "DATABASE_TIMEOUT": "remove it: how long a writer of the embedded store waits is fixed",
    "SHARDS": "remove it: the embedded store has a fixed number of them",
}
"""What stands beside OPTIONS, and what to write instead: all are refused."""

_BESIDE = {
    "CLOSE_CONNECTION": "remove it: connections are used again",
    "CONNECTION_FACTORY": f"remove it, or {_SENTINELS}",
    "IGNORE_EXCEPTIONS": "OPTIONS['IGNORE_EXCEPTIONS']",
    "LOGGER": "LOGGING with the logger surecache",
    "LOG_IGNORED_EXCEPTIONS": "LOGGING with the logger surecache",
    "SCAN_ITERSIZE": "remove it: keys are asked for in batches of surecache's own size",
}
_OF_COMPRESSORS = (
    "CACHE_COMPRESS_LEVEL",
    "COMPRESS_BROTLI_LGBLOCK",
    "COMPRESS_BROTLI_LGWIN",
    "COMPRESS_BROTLI_MODE",
    "COMPRESS_LZ4_BLOCK_LINKED",
    "COMPRESS_LZ4_BLOCK_SIZE",
    "COMPRESS_LZ4_CONTENT_CHECKSUM",
    "COMPRESS_LZ4_STORE_SIZE",
    "COMPRESS_LZMA_CHECK",
    "COMPRESS_LZMA_FILTERS",
    "COMPRESS_LZMA_FORMAT",
    "COMPRESS_ZLIB_WBITS",
    "COMPRESS_ZSTD_DICT",
    "COMPRESS_ZSTD_OPTIONS",
    "DECOMPRESS_LZMA_FILTERS",
    "DECOMPRESS_LZMA_FORMAT",
    "DECOMPRESS_LZMA_MEMLIMIT",
    "DECOMPRESS_ZSTD_DICT",
    "DECOMPRESS_ZSTD_OPTIONS",
)

SETTINGS = {
    "CACHE_COMPRESS_MIN_LENGTH": "OPTIONS['compress_above']",
    "CACHE_HERD_TIMEOUT": "remove it: get_or_set and regions load once",
    **{f"DJANGO_REDIS_{name}": instead for name, instead in _BESIDE.items()},
    **{f"DJANGO_VALKEY_{name}": instead for name, instead in _BESIDE.items()},
    **dict.fromkeys(_OF_COMPRESSORS, "remove it: a compressor has a name and no other settings"),
}
"""What the two packages read beside CACHES: refused where no cache is of them."""
