"""The forms in which other caches store the values of plain keys: django-redis' and Django's own.

While a roll-out lasts, workers of both write and read one server. A foreign form has no seal: what
stands on the server is unpickled as it is, whoever wrote it there. So there is none by default, and
a system check tells of it while it is on (docs/guides/from-django-redis.md).

The one home of what `OPTIONS['WIRE']` may say, and of what applies only with it.
"""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Protocol

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.module_loading import import_string

from surecache.django._wire_codecs import codec, package
from surecache.errors import Corrupt, Misuse

__all__ = ["Wire", "check_name", "has_own_class", "read", "split"]

_OPTIONS: Final = ("COMPRESSOR", "PICKLE_VERSION", "SERIALIZER", "WIRE", "serializer")
_FORMS: Final = {
    "django": ("WIRE", "serializer"),
    "django-redis": ("COMPRESSOR", "PICKLE_VERSION", "SERIALIZER", "WIRE"),
}
"""What goes with each, under the names that it has there."""

_LEAVING: Final = "-to-sealed"
_WIRES: Final = tuple(form + end for form in _FORMS for end in ("", _LEAVING))
_SERVERS: Final = ("redis:", "rediss:", "redis+sentinel:", "rediss+sentinel:", "unix:")

_PATHS: Final = {
    "django_redis.serializers.json.JSONSerializer": "json",
    "django_redis.serializers.msgpack.MSGPackSerializer": "msgpack",
    "django_redis.serializers.pickle.PickleSerializer": "pickle",
    "django_redis.compressors.gzip.GzipCompressor": "gzip",
    "django_redis.compressors.identity.IdentityCompressor": "identity",
    "django_redis.compressors.lz4.Lz4Compressor": "lz4",
    "django_redis.compressors.lzma.LzmaCompressor": "lzma",
    "django_redis.compressors.zlib.ZlibCompressor": "zlib",
    "django_redis.compressors.zstd.ZStdCompressor": "zstd",
    "django.core.cache.backends.redis.RedisSerializer": "pickle",
}
"""What needs neither of the two to be installed."""

_SERIALIZERS: Final = ("json", "msgpack", "pickle")
_COMPRESSORS: Final = ("gzip", "identity", "lz4", "lzma", "zlib", "zstd")


class Serializer(Protocol):
    """What makes bytes of values, and values of bytes."""

    def dumps(self, value: Any, /) -> Any:
        """The bytes of a value."""

    def loads(self, data: bytes, /) -> Any:
        """The value in bytes."""


class Compressor(Protocol):
    """What makes bytes shorter."""

    def compress(self, value: bytes, /) -> bytes:
        """Compressed, or left as they are."""

    def decompress(self, value: bytes, /) -> bytes:
        """What was compressed; raises for what was left as it was."""


@dataclass(frozen=True)
class Wire:
    """What `OPTIONS['WIRE']` and its companions say."""

    form: str
    """``django`` or ``django-redis``."""
    is_written: bool
    """Whether values are written in this form; else they are sealed, and both are read."""
    serializer: str = "pickle"
    """A name of ours, the dotted path of a class, or the name of what is held."""
    compressor: str = "identity"
    """As the serializer."""
    pickle_version: int = pickle.DEFAULT_PROTOCOL
    """The protocol of pickle."""
    options: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """OPTIONS as they were given: classes of the application's own are made with them."""
    told: str = field(default="", repr=False)
    """The same as a text, where there is such a class: caches of others are others."""
    held: Any = field(default=None, repr=False, compare=False)
    """A serializer that was given as an object."""

    def make(self) -> _Django | _DjangoRedis:
        """The form itself.

        Raises:
            Misuse: A class or a package that it needs is not there.
        """
        if self.form == "django":
            return _Django(self._serializer(), is_written=self.is_written)
        compressor = self._compressor()
        return _DjangoRedis(self._serializer(), compressor, is_written=self.is_written)

    def _serializer(self) -> Serializer:
        if self.serializer in _SERIALIZERS:
            if self.serializer == "json":
                return _Json()
            if self.serializer == "msgpack":
                return _MessagePack()
            return _Pickle(self.pickle_version)
        if self.form == "django":
            own = self.held
            if own is None:
                own = _imported(self.serializer, "serializer")
            return _serializing(own() if callable(own) else own, "serializer")
        own = _imported(self.serializer, "SERIALIZER")(options=dict(self.options))
        return _serializing(own, "SERIALIZER")

    def _compressor(self) -> Compressor | None:
        if self.compressor == "identity":
            return None
        if self.compressor in _COMPRESSORS:
            return codec(self.compressor)
        own = _imported(self.compressor, "COMPRESSOR")(options=dict(self.options))
        made: Compressor = _checked(own, "COMPRESSOR", "compress", "decompress")
        return made


def split(options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options that are read here, and the others. Without a WIRE none are.

    A COMPRESSOR is one of both where values are sealed: what is sealed is compressed alike.

    Raises:
        Misuse: It is a class of the application's own, and nothing says what sealed values are
            compressed with.
    """
    own = _OPTIONS if "WIRE" in options else ()
    others = {name: value for name, value in options.items() if name not in own}
    if own and str(options["WIRE"]).endswith(_LEAVING):
        others.update(_of_sealed(options))
    return {name: value for name, value in options.items() if name in own}, others


def _of_sealed(options: Mapping[str, Any]) -> dict[str, Any]:
    """What a COMPRESSOR says of sealed values: nothing where they have one of their own."""
    given = options.get("COMPRESSOR")
    if not isinstance(given, str) or "compressor" in options:
        return {}
    if _PATHS.get(given, given) in _COMPRESSORS:
        return {"COMPRESSOR": given}
    if "." not in given:
        return {}  # refused by `read`
    raise Misuse(
        "OPTIONS['COMPRESSOR']: wanted OPTIONS['compressor'] beside a class of your own, for what"
        f" is sealed, found: {given} alone"
        "\nhint: OPTIONS['compressor'] = 'zstd' beside it, or None to compress nothing"
    )


def has_own_class(options: Mapping[str, Any]) -> bool:
    """Whether a class of the application's own is made with OPTIONS, and may read any of them."""
    if not str(options.get("WIRE")).startswith("django-redis"):
        return False
    given = [options.get(name, "pickle") for name in ("COMPRESSOR", "SERIALIZER")]
    return any(isinstance(path, str) and "." in path and path not in _PATHS for path in given)


def read(
    options: Mapping[str, Any], location: str, everything: Mapping[str, Any] | None = None
) -> Wire | None:
    """What the options of `split` say; None where values are sealed, and no others are read.

    Args:
        options: Those of `split`.
        location: Where the store is.
        everything: All of OPTIONS, for classes of the application's own.

    Raises:
        Misuse: They make no sense, or the location is no server.
    """
    if not options:
        return None
    wire = options["WIRE"]
    if wire not in _WIRES:
        raise Misuse(f"OPTIONS['WIRE']: wanted {', '.join(_WIRES)}, found: {wire!r}")
    if not location.startswith(_SERVERS):
        # The rest of a location may hold a password.
        found = location.split(":", 1)[0]
        raise Misuse(
            "OPTIONS['WIRE']: wanted the location of a server that workers of another cache write"
            f" to as well, such as redis://host, found: {found}:\nhint: remove OPTIONS['WIRE']"
        )
    form = wire.removesuffix(_LEAVING)
    for name, value in options.items():
        if name not in _FORMS[form]:
            wanted = f"wanted none with WIRE {wire!r}, which has {', '.join(_FORMS[form])}"
            raise Misuse(f"OPTIONS['{name}']: {wanted}, found: {value!r}")
    named = {"form": form, "is_written": wire == form}
    if form == "django":
        return Wire(**named, **_of_django(options), pickle_version=pickle.HIGHEST_PROTOCOL)
    given = {**(everything or options)}
    del given["WIRE"]  # django-redis' workers have none
    return Wire(
        **named,
        serializer=_named(options, "SERIALIZER", "pickle", _SERIALIZERS),
        compressor=_named(options, "COMPRESSOR", "identity", _COMPRESSORS),
        pickle_version=_pickle_version(options),
        options=given,
        told=repr(sorted(given.items(), key=str)) if has_own_class(options) else "",
    )


def check_name(name: str, namespace: str, version: object) -> str:
    """A name that a key function made, where workers of another cache make the same one.

    Args:
        name: The name.
        namespace: KEY_PREFIX.
        version: What it was made with.

    Raises:
        Misuse: It is not below KEY_PREFIX and a version: what is there is not only plain keys.
    """
    start = f"{namespace}:"
    if name.startswith(f"{start}{version}:") and type(version) is not int:
        _check_version(version)
    if not name.startswith(start) or re.match(r"-?[0-9]+:", name[len(start) :]) is None:
        raise Misuse(
            "KEY_FUNCTION: with OPTIONS['WIRE'] wanted names of the form prefix:version:key, found"
            " another\nhint: what the function adds goes into the part behind the version"
        )
    return name


def _check_version(version: object) -> None:
    if re.fullmatch(r"-?[0-9]+", str(version)) is None:
        raise Misuse(
            f"version: with OPTIONS['WIRE'] wanted an int, found: {version!r}"
            "\nhint: names with another are no plain keys, so no clear would find them"
        )


@dataclass(frozen=True)
class _DjangoRedis:
    """django-redis': integers as decimal text, all else serialized and then compressed."""

    serializer: Serializer
    compressor: Compressor | None
    is_written: bool = field(default=True, kw_only=True)

    def dumps(self, value: Any) -> bytes:
        if isinstance(value, int) and not isinstance(value, bool | Enum):
            # A class of the application's own may write itself otherwise.
            return int.__repr__(value).encode()
        data = _sent(self.serializer.dumps(value))
        return data if self.compressor is None else self.compressor.compress(data)

    def loads(self, data: bytes) -> Any:
        with suppress(ValueError):
            return int(data)
        if self.compressor is not None:
            try:
                data = self.compressor.decompress(data)
            except Corrupt:
                raise  # there is too much in it
            except Exception:  # what was too short is not compressed
                pass
        return self.serializer.loads(data)


@dataclass(frozen=True)
class _Django:
    """Django's: the serializer says what stays an integer."""

    serializer: Serializer
    is_written: bool = field(default=True, kw_only=True)

    def dumps(self, value: Any) -> bytes:
        if isinstance(self.serializer, _Pickle):
            if type(value) is int:
                return repr(value).encode()
            return self.serializer.dumps(value)
        return _sent(self.serializer.dumps(value))

    def loads(self, data: bytes) -> Any:
        if isinstance(self.serializer, _Pickle):
            with suppress(ValueError):
                return int(data)
        return self.serializer.loads(data)


@dataclass(frozen=True)
class _Pickle:
    protocol: int

    def dumps(self, value: Any) -> bytes:
        return pickle.dumps(value, self.protocol)

    def loads(self, data: bytes) -> Any:
        return pickle.loads(data)


class _Json:
    def dumps(self, value: Any) -> bytes:
        return json.dumps(value, cls=DjangoJSONEncoder).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data.decode())


class _MessagePack:
    def __init__(self) -> None:
        self._msgpack = package("msgpack", "msgpack")

    def dumps(self, value: Any) -> bytes:
        data: bytes = self._msgpack.dumps(value)
        return data

    def loads(self, data: bytes) -> Any:
        return self._msgpack.loads(data, raw=False)


def _sent(data: Any) -> bytes:
    """What a client of redis-py sends of what a serializer gave."""
    if isinstance(data, bytes):
        return data
    if isinstance(data, str):
        return data.encode()
    if isinstance(data, int | float) and not isinstance(data, bool):
        return repr(data).encode()
    return bytes(memoryview(data))


def _named(options: Mapping[str, Any], name: str, default: str, known: tuple[str, ...]) -> str:
    given = options.get(name, default)
    if isinstance(given, str):
        given = _PATHS.get(given, given)
        if given in known or "." in given:
            return str(given)
    wanted = f"{', '.join(known)} or the dotted path of a class"
    raise Misuse(f"OPTIONS['{name}']: wanted {wanted}, found: {given!r}")


def _of_django(options: Mapping[str, Any]) -> dict[str, Any]:
    """A serializer as Django takes it: a path, a class or an object, or the path of one."""
    given = options.get("serializer")
    if given is None:
        return {}
    if isinstance(given, str):
        return {"serializer": _named(options, "serializer", "pickle", ("pickle",))}
    kind = given if isinstance(given, type) else type(given)
    path = f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(given, type) and path in _PATHS:
        return {"serializer": _PATHS[path]}
    if not callable(given):
        _serializing(given, "serializer")
    # What is held has no other place in memory, so that its name means it alone.
    return {"serializer": f"{path} at {id(given):#x}", "held": given}


def _pickle_version(options: Mapping[str, Any]) -> int:
    version = options.get("PICKLE_VERSION", pickle.DEFAULT_PROTOCOL)
    highest = pickle.HIGHEST_PROTOCOL
    if type(version) is not int or not -1 <= version <= highest:
        raise Misuse(f"OPTIONS['PICKLE_VERSION']: wanted -1 to {highest}, found: {version!r}")
    return version


def _imported(path: str, name: str) -> Any:
    try:
        return import_string(path)
    except ImportError as error:
        raise Misuse(f"OPTIONS['{name}']: wanted a class, found none: {path}") from error


def _serializing(made: Any, name: str) -> Serializer:
    checked: Serializer = _checked(made, name, "dumps", "loads")
    return checked


def _checked(made: Any, name: str, *methods: str) -> Any:
    if all(callable(getattr(made, method, None)) for method in methods):
        return made
    wanted = " and ".join(methods)
    raise Misuse(f"OPTIONS['{name}']: wanted {wanted}, found none: {type(made).__name__}")
