"""The settings of a cache alias, read once into a frozen object; what makes no sense is refused.

All options are listed in docs/reference/settings.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from surecache._core import Config
from surecache.django import _foreign_options, _wire_forms
from surecache.django._foreign_reading import Reading, check_settings, translated
from surecache.django._refusals import Refusals
from surecache.django._spans import LEASE, TIMEOUT, WAIT, Bounds, seconds
from surecache.errors import Misuse

__all__ = ["Settings", "check_declared", "read", "read_declared", "read_foreign"]

DEFAULT_LOCATION = "embedded://"
OPTIONS = (
    "IGNORE_EXCEPTIONS",
    "WIRE",
    "compress_above",
    "compressor",
    "connect_timeout",
    "lease",
    "map_bytes",
    "max_connections",
    "secrets",
    "timeout",
    "tls_ca_file",
    "tls_cert_file",
    "tls_key_file",
    "wait",
)
PARAMETERS = (
    "KEY_FUNCTION",
    "KEY_PREFIX",
    "OPTIONS",
    "REVERSE_KEY_FUNCTION",
    "TIMEOUT",
    "VERSION",
)
COMPRESSORS = ("gzip", "lz4", "lzma", "zlib", "zstd")

_OF_DJANGO = ("BACKEND", "LOCATION")

_END_OF_TIME = 2**63
"""In seconds: no longer span can be told to a store."""


@dataclass(frozen=True)
class Settings:
    """What an alias says about its store and its regions."""

    location: str
    """Where the store is: `embedded://`, `memory://name`, `redis://host`, `unix:///socket`, ..."""
    namespace: str
    """KEY_PREFIX: one for each environment."""
    secrets: tuple[bytes, ...]
    """What entries are sealed with: the first seals, all open."""
    map_bytes: int | None = None
    """The size of the store in bytes; None for its default."""
    wait: float = 30.0
    """The longest that a region's reader waits for somebody else's live load, in seconds."""
    lease: float = 2.0
    """How long a region's lease stands without renewal, in seconds."""
    connect_timeout: float | None = None
    """How long a connection to a server may take to be made, in seconds; None for the default."""
    timeout: float | None = None
    """How long a command may wait for a server, in seconds; None for the default."""
    max_connections: int | None = None
    """The most connections to a server that a process has; None for the default."""
    tls_ca_file: str | None = None
    """The authorities that sign certificates of servers, in PEM; None for those of the system."""
    tls_identity: tuple[str, str] | None = None
    """A certificate that a server may ask for, and its key, in PEM."""
    compressor: str | None = None
    """What values are compressed with before they are sealed; None: nothing."""
    compress_above: int | None = None
    """Encoded values of up to so many bytes are not compressed; None for the default."""
    ignores_exceptions: bool = False
    """Whether plain keys are answered as if there were nothing while the store is down."""
    wire: _wire_forms.Wire | None = None
    """The form of another cache that plain keys are read in, and perhaps written."""

    @property
    def store(self) -> tuple[object, ...]:
        """What aliases must have alike to share an engine."""
        return (
            self.location,
            self.namespace,
            self.secrets,
            self.map_bytes,
            self.connect_timeout,
            self.timeout,
            self.max_connections,
            self.tls_ca_file,
            self.tls_identity,
            self.compressor,
            self.compress_above,
            self.wire,
        )

    def config(self) -> Config:
        """What the store is opened with.

        Raises:
            Misuse: The location is none, or a setting makes no sense with it.
        """
        return Config(
            self.location,
            namespace=self.namespace,
            secrets=list(self.secrets),
            map_bytes=self.map_bytes,
            connect_timeout=self.connect_timeout,
            timeout=self.timeout,
            max_connections=self.max_connections,
            tls_ca_file=self.tls_ca_file,
            tls_identity=self.tls_identity,
            compressor=self.compressor,
            compress_above=self.compress_above,
        )


def read(location: object, parameters: Mapping[str, Any]) -> Settings:
    """The settings of an alias, as Django gives them to a backend.

    Raises:
        Refused: Some of them are unknown or make no sense; says what was wanted and found.
    """
    options = parameters.get("OPTIONS")
    seen = (dict(parameters), dict(options) if isinstance(options, dict) else options)
    place = f"{location}\0{parameters.get('KEY_PREFIX')}"
    found = _found.get(place)
    if found is not None and found[0] == seen:
        return found[1]
    made = _checked(location, parameters)
    setting_changed.connect(_forget, dispatch_uid="surecache.django.conf")
    if len(_found) >= _MOST_FOUND:
        _found.clear()
    _found[place] = (seen, made)
    return made


def _checked(location: object, parameters: Mapping[str, Any]) -> Settings:
    refusals = Refusals()
    for check in (_refuse_unknown, _check_timeout, _check_types, _check_functions):
        with refusals:
            check(parameters)
    settings = None
    with refusals:
        reading = read_foreign(location, parameters)
        settings = _read(reading, parameters.get("OPTIONS", {}), parameters.get("KEY_PREFIX", ""))
    refusals.tell()
    assert settings is not None  # else there was a refusal
    return settings


_found: dict[str, tuple[tuple[Any, Any], Settings]] = {}
"""What was read last, by location and KEY_PREFIX: each task makes a cache of its own."""

_MOST_FOUND = 64


def _forget(**_: Any) -> None:
    _found.clear()


def _read(reading: Reading, given: Mapping[str, Any], namespace: str) -> Settings:
    """The settings of what was read, whose OPTIONS were given.

    Raises:
        Refused: As `read`.
    """
    refusals, options = reading.refusals, reading.options
    values: dict[str, Any] = {"namespace": namespace}
    for name, read_value in _READERS.items():
        with refusals:
            values[name] = read_value(options)
    with refusals:
        _refuse_unknown_options(options)
    with refusals:
        check_settings(options)
    if reading.is_located:
        with refusals:
            values["location"] = _location(reading.location)
            wire, _ = _wire_forms.split(given)
            values["wire"] = _wire_forms.read(wire, values["location"], given)
    refusals.tell()
    return Settings(**values)


def read_foreign(location: object, parameters: Mapping[str, Any]) -> Reading:
    """Location and options under the names that they have here.

    Raises:
        Misuse: OPTIONS are no dict.
    """
    options = parameters.get("OPTIONS", {})
    if not isinstance(options, Mapping):
        raise _wanted("OPTIONS: wanted a dict", options)
    reading = translated(location, _wire_forms.split(options)[1], OPTIONS)
    if _wire_forms.has_own_class(options):
        for name in [name for name in reading.options if name not in OPTIONS]:
            del reading.options[name]
            reading.taken.append((f"OPTIONS['{name}']", _foreign_options.OF_OWN_CLASS))
    return reading


def read_declared(declared: Mapping[str, Any]) -> Settings:
    """As `read`, of an alias as it stands in the setting CACHES."""
    parameters = {name: value for name, value in declared.items() if name not in _OF_DJANGO}
    return read(declared.get("LOCATION", ""), parameters)


def check_declared(declared: Mapping[str, Any]) -> None:
    """Refuses an alias as it stands in the setting CACHES. No store is opened.

    Raises:
        Refused: All that is refused of it.
    """
    settings, refusals = read_declared(declared), Refusals()
    with refusals:
        settings.config()
    if settings.wire is not None:
        with refusals:
            settings.wire.make()
    refusals.tell()


def _location(location: object) -> str:
    if not isinstance(location, str):
        # The value itself stays out of the message: it may hold a password.
        found = type(location).__name__
        raise Misuse(f"LOCATION: wanted a text such as embedded:///folder, found: {found}")
    return location or DEFAULT_LOCATION


def _refuse_unknown(parameters: Mapping[str, object]) -> None:
    _refuse_others(parameters, PARAMETERS, "CACHES")


def _refuse_unknown_options(options: Mapping[str, object]) -> None:
    _refuse_others(options, OPTIONS, "OPTIONS")


def _refuse_others(given: Mapping[str, object], known: tuple[str, ...], where: str) -> None:
    others = [name for name in given if name not in known]
    refusals, wanted = Refusals(), f"{where}: wanted {', '.join(known)}, found"
    for name in others:
        if hint := _foreign_options.PARAMETERS.get(name):
            refusals.add(f"{wanted}: {name}\nhint: {hint}")
    if unknown := [name for name in others if name not in _foreign_options.PARAMETERS]:
        refusals.add(f"{wanted}: {', '.join(map(str, unknown))}")
    refusals.tell()


def _check_timeout(parameters: Mapping[str, object]) -> None:
    timeout = parameters.get("TIMEOUT", 300)
    if timeout is None:
        return
    if isinstance(timeout, bool) or not isinstance(timeout, int | float):
        raise _wanted("TIMEOUT: wanted seconds, or None for no end", timeout)
    if not abs(timeout) < _END_OF_TIME:  # so that what is no number is refused
        raise _wanted(f"TIMEOUT: wanted fewer than {_END_OF_TIME} seconds, or None", timeout)


def _check_types(parameters: Mapping[str, object]) -> None:
    refusals = Refusals()
    for name, wanted in (("VERSION", int), ("KEY_PREFIX", str)):
        with refusals:
            _check_type(parameters, name, wanted)
    refusals.tell()


def _check_type(given: Mapping[str, object], name: str, wanted: type) -> None:
    if name in given and type(given[name]) is not wanted:
        raise _wanted(f"{name}: wanted {wanted.__name__}", given[name])


def _check_functions(parameters: Mapping[str, object]) -> None:
    refusals = Refusals()
    for name in ("KEY_FUNCTION", "REVERSE_KEY_FUNCTION"):
        with refusals:
            _check_function(parameters, name)
    refusals.tell()


def _check_function(parameters: Mapping[str, object], name: str) -> None:
    given = function = parameters.get(name)
    what = f"{name}: wanted a function or its dotted path"
    if type(given) is str:
        try:
            function = import_string(given)
        except ImportError as error:
            raise Misuse(f"{what}, found no such thing: {given!r}: {error}") from error
    if given is not None and not callable(function):
        raise _wanted(what, given)


def _above_zero(options: Mapping[str, Any], name: str, what: str) -> int | None:
    number = options.get(name)
    if number is not None and (type(number) is not int or number <= 0):
        raise _wanted(f"OPTIONS['{name}']: wanted {what} above 0", number)
    return number


def _timeout(options: Mapping[str, Any], name: str) -> float | None:
    span = options.get(name)
    return None if span is None else seconds(span, f"OPTIONS['{name}']", TIMEOUT)


def _path(options: Mapping[str, Any], name: str) -> str | None:
    path = options.get(name)
    if path is None:
        return None
    if not isinstance(path, str | os.PathLike) or not os.path.isabs(path):
        raise _wanted(f"OPTIONS['{name}']: wanted an absolute path", path)
    return os.fspath(path)


def _identity(options: Mapping[str, Any]) -> tuple[str, str] | None:
    certificate, key = _path(options, "tls_cert_file"), _path(options, "tls_key_file")
    if certificate is None or key is None:
        if certificate is not key:
            found = "tls_cert_file" if key is None else "tls_key_file"
            raise _wanted("OPTIONS: wanted both tls_cert_file and tls_key_file", found)
        return None
    return certificate, key


def _compressor(options: Mapping[str, Any]) -> str | None:
    name = options.get("compressor")
    if name is not None and name not in COMPRESSORS:
        raise _wanted(f"OPTIONS['compressor']: wanted {', '.join(COMPRESSORS)}", name)
    return name


def _secrets(options: Mapping[str, object]) -> tuple[bytes, ...]:
    if "secrets" not in options:
        return tuple(_bytes(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))
    given = options["secrets"]
    if not isinstance(given, list | tuple) or not given:
        # The value itself stays out of the message: it may be a secret.
        raise Misuse(f"OPTIONS['secrets']: wanted a list, not empty, found: {type(given).__name__}")
    return tuple(_bytes(secret) for secret in given)


def _bytes(secret: object) -> bytes:
    if isinstance(secret, str) and secret:
        return secret.encode()
    if isinstance(secret, bytes) and secret:
        return secret
    found = "an empty one" if secret in ("", b"") else type(secret).__name__
    raise Misuse(f"a secret: wanted a text or bytes, not empty, found: {found}")


def _wanted(text: str, found: object) -> Misuse:
    return Misuse(f"{text}, found: {found!r}")


def _ignores_exceptions(options: Mapping[str, Any]) -> bool:
    _check_type(options, "IGNORE_EXCEPTIONS", bool)
    return bool(options.get("IGNORE_EXCEPTIONS", False))


def _span(name: str, default: float, bounds: Bounds) -> Callable[[Mapping[str, Any]], float]:
    return lambda options: seconds(options.get(name, default), f"OPTIONS['{name}']", bounds)


def _compress_above(options: Mapping[str, Any]) -> int | None:
    name, above = options.get("compressor"), options.get("compress_above")
    if above is not None and (type(above) is not int or above < 0):
        raise _wanted("OPTIONS['compress_above']: wanted bytes as an int, 0 or more", above)
    if above is not None and name is None:
        raise _wanted("OPTIONS['compress_above']: wanted a compressor beside it", above)
    return above


_READERS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "compress_above": _compress_above,
    "compressor": _compressor,
    "connect_timeout": lambda options: _timeout(options, "connect_timeout"),
    "ignores_exceptions": _ignores_exceptions,
    "lease": _span("lease", Settings.lease, LEASE),
    "map_bytes": lambda options: _above_zero(options, "map_bytes", "bytes as an int"),
    "max_connections": lambda options: _above_zero(options, "max_connections", "an int"),
    "secrets": _secrets,
    "timeout": lambda options: _timeout(options, "timeout"),
    "tls_ca_file": lambda options: _path(options, "tls_ca_file"),
    "tls_identity": _identity,
    "wait": _span("wait", Settings.wait, WAIT),
}
"""How each of `Settings` is read from OPTIONS, but for the location and the form."""
