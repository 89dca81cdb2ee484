"""Locations as other caches for Django write them, and what those caches say beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from surecache.django._foreign_options import BEHIND_LOCATION
from surecache.errors import Misuse

__all__ = ["location_of"]


def location_of(location: object, parts: Mapping[str, Any], names: Mapping[str, str]) -> object:
    """A location as it is written here; one that is none is left as it is.

    Args:
        location: As it stands in the settings.
        parts: What stands beside it: username, password, db, sentinels.
        names: How each of them is written.

    Raises:
        Misuse: There are several servers, or a part is said twice or makes no sense.
    """
    location = _one(location)
    scheme, is_place, rest = (
        location.partition("://") if isinstance(location, str) else ("", "", "")
    )
    scheme = _SCHEMES.get(scheme, scheme)
    if not is_place or not scheme.startswith(("redis", "unix")):
        if parts:
            name = names[next(iter(parts))]
            raise Misuse(f"{name}: wanted the location of a server beside it, found: another")
        return location
    credentials, at, place = rest.rpartition("@")
    said = _credentials(credentials, parts, names) if parts else f"{credentials}{at}"
    place = _database(scheme, place, parts, names)
    if "sentinels" in parts:
        scheme, place = _sentinels(scheme, place, parts["sentinels"], names["sentinels"])
    return f"{scheme}://{said}{place}"


def _one(location: object) -> object:
    """The one server of a location that may be a list, or a list in a text."""
    if isinstance(location, str):
        several = len(_SEVERAL.findall(location)) + 1
    elif isinstance(location, list | tuple | set):
        several = len(location)
        location = next(iter(location)) if several == 1 else location
    else:
        return location
    if several != 1:
        raise Misuse(
            f"LOCATION: wanted one server, found: {several}"
            "\nhint: name the primary; where it may change, redis+sentinel://host,host/service"
        )
    return location


def _credentials(given: str, parts: Mapping[str, Any], names: Mapping[str, str]) -> str:
    # An empty one is none, as it is for redis-py.
    parts = {name: each for name, each in parts.items() if each != ""}
    user, colon, password = given.partition(":")
    there = {"username": user, "password": colon}
    for name, is_there in there.items():
        if name not in parts:
            continue
        if is_there:
            raise Misuse(f"{names[name]}: wanted it there or in LOCATION, found it in both")
        if not isinstance(parts[name], str):
            found = type(parts[name]).__name__
            raise Misuse(f"{names[name]}: wanted a text, found: {found}")
    user = quote(parts.get("username", ""), safe="") or user
    password = quote(parts.get("password", ""), safe="") or password
    if "username" in parts and not password:
        raise Misuse(f"{names['username']}: wanted a password beside it, found: none")
    if "password" in parts:
        colon = ":"
    return f"{user}{colon}{password}@" if given or user or password else ""


def _database(scheme: str, place: str, parts: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """The place with its database as it is written here."""
    place, mark, query = place.partition("?")
    asked = dict(each.partition("=")[::2] for each in query.split("&") if each)
    for name in asked:
        if hint := BEHIND_LOCATION.get(name):
            raise Misuse(f"LOCATION: wanted only db behind the ?, found: {name}\nhint: {hint}")
    is_unix, wanted = scheme == "unix", parts.get("db")
    if wanted is None and (is_unix or set(asked) != {"db"}):
        return f"{place}{mark}{query}"
    if wanted is not None and (type(wanted) is not int or wanted < 0):
        raise Misuse(f"{names['db']}: wanted a number, 0 or more, found: {wanted!r}")
    if wanted is not None and "+" in scheme:
        raise Misuse(f"{names['db']}: wanted it in LOCATION, behind the service, found: {wanted}")
    host, _, path = (place, "", "") if is_unix else place.partition("/")
    said = [each for each in (path, asked.get("db"), wanted) if each not in (None, "")]
    if len(said) > 1 or not set(asked) <= {"db"}:
        told = ", ".join(str(each) for each in said)
        raise Misuse(f"LOCATION: wanted one database and nothing else, found: {told}")
    end = "?db=" if is_unix else "/"
    return f"{host}{end}{said[0]}" if said else host


def _sentinels(scheme: str, service: str, sentinels: Any, written: str) -> tuple[str, str]:
    """The scheme and the place of a service that sentinels watch."""
    if scheme != "redis":
        raise Misuse(f"{written}: wanted LOCATION = 'redis://service/database', found: {scheme}://")
    pairs = sentinels if isinstance(sentinels, list | tuple) else ()
    hosts = []
    for pair in pairs:
        match pair:
            case (str() as host, int() as port):
                hosts.append(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    if not hosts or len(hosts) != len(pairs):
        raise Misuse(f"{written}: wanted a list of (host, port), found: {sentinels!r}")
    name, slash, database = service.partition("/")
    return "redis+sentinel", f"{','.join(hosts)}/{name.partition(':')[0]}{slash}{database}"


_SCHEMES = {"valkey": "redis", "valkeys": "rediss"}
"""The same servers by another name."""

_SEVERAL = re.compile(r"[;,]\s*(?:redis|rediss|valkey|valkeys|unix)://")
