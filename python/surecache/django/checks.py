"""System checks: what makes regions wrong or useless, told before the first request.

===================  ===========================================================================
surecache.E001       a region's cache is not in CACHES, or is no SureCache
surecache.E002       a region depends on a model or column that does not exist, or has another type
surecache.E003       a region's database is not in DATABASES
surecache.E004       the settings of a SureCache make no sense, since they were changed: with such
                     settings Django does not start, and says so in the same words
surecache.I001       a SureCache has an option of another cache, which is taken under its name here
surecache.I002       a server that could not be asked whether it evicts (``--deploy`` only)
surecache.I003       a database that could not be asked for its tables (``--deploy`` only)
surecache.W001       a SureCache without KEY_PREFIX while DEBUG and OPTIONS['WIRE'] are off
surecache.W002       ATOMIC_REQUESTS on SQLite: what a region loads in a request is never stored
surecache.W003       a store in the memory of one process, where several processes serve
surecache.W004       a server that evicts, and so may drop locks that are held (``--deploy`` only)
surecache.W005       OPTIONS['WIRE'] is on: values of plain keys are read that no seal protects
surecache.W006       a region's database without the table surecache_outbox (``--deploy`` only)
===================  ===========================================================================
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.db import DatabaseError, connections

from surecache.django import _outbox, _registry, conf
from surecache.django._engines import declared_caches, of_alias, settings_of_caches
from surecache.django._refusals import Refused
from surecache.django._region import Region
from surecache.errors import Misuse, SurecacheError

__all__ = ["check_caches", "check_outboxes", "check_regions", "check_servers", "refusals"]


def check_caches(**_: Any) -> list[CheckMessage]:
    """What is wrong with the caches themselves."""
    return [
        message
        for alias, declared in declared_caches()
        for message in (
            *_settings(alias, declared),
            *_namespace(alias, declared),
            *_memory(alias, declared),
            *_wire(alias, declared),
        )
    ]


def check_regions(**_: Any) -> list[CheckMessage]:
    """What is wrong with the regions."""
    aliases = {alias for alias, _ in declared_caches()}
    regions = _registry.all_regions()
    messages = [
        message
        for region in regions
        for message in (*_cache(region, aliases), *_database(region), *_columns(region))
    ]
    return [*messages, *_atomic_requests(regions)]


def refusals(alias: str, declared: dict[str, Any]) -> list[str]:
    """What is refused of the settings of a cache: all of it, each with a hint of its own."""
    try:
        conf.check_declared(declared)
    except Refused as error:
        return [f"CACHES['{alias}']: {each}" for each in error.each]
    return []


def _settings(alias: str, declared: dict[str, Any]) -> Iterator[CheckMessage]:
    refused = refusals(alias, declared)
    for each in refused:
        text, _, hint = each.partition("\nhint: ")
        yield Error(text, hint=hint or None, id="surecache.E004")
    if refused:
        return
    for written, rule in conf.read_foreign(declared.get("LOCATION", ""), declared).taken:
        yield checks.Info(
            f"CACHES['{alias}']: {written} is {rule.fate}", hint=rule.instead, id="surecache.I001"
        )


def check_servers(**_: Any) -> list[CheckMessage]:
    """What the servers of caches say that is wrong; asked before a deployment only, as they need
    not be there at any other time.
    """
    return [message for alias, _ in declared_caches() for message in _eviction(alias)]


def check_outboxes(**_: Any) -> list[CheckMessage]:
    """Whether the databases of regions can keep what a killed process owes; asked before a
    deployment only, as they need not be there, or be migrated, at any other time.
    """
    aliases = {region.database for region in _registry.all_regions()} & set(connections.settings)
    return [message for alias in sorted(aliases) for message in _outbox_of(alias)]


def _outbox_of(alias: str) -> Iterator[CheckMessage]:
    if not _outbox.is_wanted(connections[alias]):
        return
    try:
        is_there = _outbox.has_table(connections[alias])
    except DatabaseError as error:
        yield checks.Info(
            f"DATABASES['{alias}'] could not be asked for its tables: {error}", id="surecache.I003"
        )
        return
    if not is_there:
        yield checks.Warning(
            f"DATABASES['{alias}'] has no table surecache_outbox: where a process is killed right"
            " after a commit, what the transaction ended is answered until its time is over",
            hint="manage.py migrate",
            id="surecache.W006",
        )


def _eviction(alias: str) -> Iterator[CheckMessage]:
    try:
        policy = of_alias(alias)[0].eviction()
    except SurecacheError as error:
        yield checks.Info(
            f"CACHES['{alias}']: the server could not be asked how it evicts: {error}",
            id="surecache.I002",
        )
        return
    if policy is not None:
        yield checks.Warning(
            f"CACHES['{alias}'] is on a server that evicts ({policy}): a lock may be dropped while"
            " it is held, and another one hold it",
            hint="keep locks under an alias of their own, on a server with"
            " maxmemory-policy noeviction",
            id="surecache.W004",
        )


def _namespace(alias: str, declared: dict[str, Any]) -> Iterator[CheckMessage]:
    if next(_wire(alias, declared), None) is not None:
        return  # another prefix would leave the other cache's values behind
    if not settings.DEBUG and not declared.get("KEY_PREFIX"):
        yield checks.Warning(
            f"CACHES['{alias}'] has no KEY_PREFIX: environments that share a store would read and"
            " clear each other's entries",
            hint="name the environment: KEY_PREFIX = 'prod'",
            id="surecache.W001",
        )


def _memory(alias: str, declared: dict[str, Any]) -> Iterator[CheckMessage]:
    location = declared.get("LOCATION")
    several = _several_processes()
    if isinstance(location, str) and location.startswith("memory://") and several:
        yield checks.Warning(
            f"CACHES['{alias}'] keeps its entries in the memory of one process, and several serve"
            f" ({several}): what one invalidates, the others still answer",
            hint="LOCATION = 'embedded://'",
            id="surecache.W003",
        )


def _wire(alias: str, declared: dict[str, Any]) -> Iterator[CheckMessage]:
    options = declared.get("OPTIONS")
    wire = options.get("WIRE") if isinstance(options, dict) else None
    if wire is not None:
        yield checks.Warning(
            f"CACHES['{alias}'] has OPTIONS['WIRE'] = {wire!r}, a form without a seal: whoever can"
            " write to the server can have anything unpickled here",
            hint="go on to the next step of docs/guides/from-django-redis.md",
            id="surecache.W005",
        )


def _several_processes() -> str | None:
    """What shows that several processes serve; None where nothing does."""
    workers = os.environ.get("WEB_CONCURRENCY", "")
    if workers.isdecimal() and int(workers) > 1:
        return f"WEB_CONCURRENCY={workers}"
    uwsgi = sys.modules.get("uwsgi")
    if getattr(uwsgi, "numproc", 1) > 1:
        return "uwsgi"
    return None


def _cache(region: Region, aliases: set[str]) -> Iterator[CheckMessage]:
    if region.cache not in aliases:
        declared = settings_of_caches().get(region.cache)
        found = "none" if declared is None else declared.get("BACKEND")
        yield Error(
            f"region {region.name}: wanted a cache of surecache.django.SureCache under the alias"
            f" {region.cache}, found: {found}",
            obj=region.place,
            id="surecache.E001",
        )


def _database(region: Region) -> Iterator[CheckMessage]:
    if region.database not in connections.settings:
        yield Error(
            f"region {region.name}: wanted a database of DATABASES, found: {region.database}",
            obj=region.place,
            id="surecache.E003",
        )


def _columns(region: Region) -> Iterator[CheckMessage]:
    for dependency in region.declaration.depends_on:
        try:
            dependency.check_columns(region.declaration.fields)
        except Misuse as error:
            text, _, hint = str(error).partition("\nhint: ")
            yield Error(
                f"region {region.name}: {text}",
                hint=hint or None,
                obj=region.place,
                id="surecache.E002",
            )


def _atomic_requests(regions: list[Region]) -> Iterator[CheckMessage]:
    for alias in sorted({region.database for region in regions} & set(connections.settings)):
        declared = connections.settings[alias]
        if declared.get("ATOMIC_REQUESTS") and declared["ENGINE"].endswith("sqlite3"):
            yield checks.Warning(
                f"DATABASES['{alias}'] has ATOMIC_REQUESTS on SQLite: each request reads a fixed"
                " snapshot, so nothing that a region loads in one is stored",
                hint="put transaction.atomic around what writes instead",
                id="surecache.W002",
            )
