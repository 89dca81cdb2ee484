"""`manage.py surecache`: numbers, explanations and invalidation from the command line."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from typing import Any

from django.core.cache import caches
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from surecache.django import _arguments, _registry, _reports
from surecache.django._backend import SureCache
from surecache.django._ending import invalidate, revoke
from surecache.django._engines import declared_caches
from surecache.django._leftovers import GRACE_S, Look
from surecache.django._relay import relay
from surecache.django._rewriting import rewrite
from surecache.errors import SurecacheError

__all__ = ["Command"]


class Command(BaseCommand):
    """Shows what the cache did, explains an answer, ends answers."""

    help = "Statistics, explanations and invalidation of surecache."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the subcommands."""
        commands = parser.add_subparsers(dest="command", required=True)
        stats = commands.add_parser("stats", help="numbers of all processes of a namespace")
        explain = commands.add_parser("explain", help="what stands under a key")
        explain.add_argument("name", metavar="REGION|KEY")
        explain.add_argument("fields", nargs="*", metavar="FIELD=VALUE", type=_arguments.pair)
        explain.add_argument("--key-version", type=int, help="of a plain key; default: the cache's")
        for each in (stats, explain):
            each.add_argument("--cache", help="the alias; default: all for stats, else default")
            each.add_argument("--json", action="store_true", help="print JSON")
        rewriting = commands.add_parser(
            "rewrite", help="bring plain values into the form that OPTIONS['WIRE'] says"
        )
        rewriting.add_argument("--cache", help="the alias; default: all that have a WIRE")
        rewriting.add_argument("--json", action="store_true", help="print JSON")
        relay = commands.add_parser("relay", help="deliver what killed processes owe to the stores")
        relay.add_argument("--once", action="store_true", help="look once, and end")
        relay.add_argument("--interval", type=float, default=1.0, help="seconds between two looks")
        relay.add_argument("--grace", type=float, default=GRACE_S, help="age of rows, in seconds")
        relay.add_argument("--json", action="store_true", help="print JSON")
        ends = commands.add_parser("invalidate", help="end all answers that depend on something")
        ends.add_argument(
            "tags",
            nargs="+",
            metavar="TAG",
            help="TABLE, TABLE.COLUMN=VALUE[,COLUMN=VALUE], user:ID, tenant:ID, session:ID,"
            " rights:ID, tag:NAME or region:NAME",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs one subcommand."""
        try:
            getattr(self, f"_{options['command']}")(options)
        except (SurecacheError, ArgumentTypeError, DatabaseError) as error:
            raise CommandError(str(error)) from error

    def _stats(self, options: dict[str, Any]) -> None:
        wanted = [options["cache"]] if options["cache"] else [name for name, _ in declared_caches()]
        found = {alias: _cache(alias).engine.statistics() for alias in wanted}
        late = {alias: _cache(alias).engine.late() for alias in wanted}
        if options["json"]:
            told = {alias: {**found[alias], "(late)": late[alias]} for alias in wanted}
            self.stdout.write(json.dumps(told, indent=2))
        else:
            self.stdout.write(_reports.statistics(found, late))

    def _explain(self, options: dict[str, Any]) -> None:
        regions = {region.name: region for region in _registry.all_regions()}
        region = regions.get(options["name"])
        if region is not None:
            found = region.explain(**_arguments.key_of(region, options["fields"]))
        else:
            if options["fields"]:
                names = ", ".join(regions) or "none"
                raise CommandError(f"wanted a region ({names}), found: {options['name']}")
            cache = _cache(options["cache"] or "default")
            key = cache.make_key(options["name"], options["key_version"])
            found = {"key": key, **cache.engine.explain(key)}
        text = json.dumps(found, indent=2) if options["json"] else _reports.explanation(found)
        self.stdout.write(text)

    def _rewrite(self, options: dict[str, Any]) -> None:
        wanted = [options["cache"]] if options["cache"] else _with_wire()
        for alias in wanted:
            done = rewrite(_cache(alias))
            told = f"{alias}: {done.brought} brought over"
            if done.left:
                told += f", {done.left} left as they are"
            if done.collections:
                told += f", collections left: {done.collections} (delete or rename them)"
            found = {"cache": alias, **asdict(done)}
            self.stdout.write(json.dumps(found) if options["json"] else told)

    def _relay(self, options: dict[str, Any]) -> None:
        def tell(database: str, look: Look) -> None:
            text = f"{database}: {look.delivered} delivered"
            if look.left:
                text += f", {look.left} left: of other namespaces or formats, or unreadable"
            found = {"database": database, **asdict(look)}
            self.stdout.write(json.dumps(found) if options["json"] else text)
            self.stdout.flush()

        relay(tell, options["interval"], options["grace"], is_once=options["once"])

    def _invalidate(self, options: dict[str, Any]) -> None:
        for text in options["tags"]:
            kind, value = _arguments.tag(text)
            if kind == "rights":
                revoke(value)
            elif kind == "region":
                _registry.region_named(str(value)).invalidate()
            else:
                invalidate(value)
            self.stdout.write(f"ended: {text}")


def _with_wire() -> list[str]:
    wanted = [name for name, _ in declared_caches() if _cache(name).settings.wire is not None]
    if not wanted:
        raise CommandError("wanted a cache with OPTIONS['WIRE'], found none")
    return wanted


def _cache(alias: str) -> SureCache:
    cache = caches[alias]
    if not isinstance(cache, SureCache):
        raise CommandError(f"cache {alias}: wanted surecache.django.SureCache, found another")
    return cache
