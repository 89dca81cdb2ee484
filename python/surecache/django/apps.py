"""Wires surecache into Django: settings checked, regions found, connections watched."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks as django_checks
from django.db import connections
from django.db.backends.signals import connection_created
from django.utils.module_loading import autodiscover_modules

from surecache.errors import Misuse

__all__ = ["SureCacheConfig"]


class SureCacheConfig(AppConfig):
    """The application ``surecache.django``.

    Starting it imports ``regions.py`` of every application, and refuses caches whose settings make
    no sense. It opens no store.
    """

    name = "surecache.django"
    label = "surecache"
    verbose_name = "surecache"

    def ready(self) -> None:
        """Called by Django once all models are loaded.

        Raises:
            Misuse: Settings of caches make no sense; all that is refused of any of them.
        """
        from surecache.django import checks
        from surecache.django._engines import declared_caches
        from surecache.django._transactions import watch_created
        from surecache.django._watch import watch_all

        caches = declared_caches()
        if refused := [each for cache in caches for each in checks.refusals(*cache)]:
            raise Misuse("\n".join(refused))
        connection_created.connect(watch_created, dispatch_uid="surecache.django")
        for connection in connections.all(initialized_only=True):
            watch_created(connection=connection)
        watch_all()
        django_checks.register(checks.check_caches, django_checks.Tags.caches)
        django_checks.register(checks.check_servers, django_checks.Tags.caches, deploy=True)
        django_checks.register(checks.check_outboxes, django_checks.Tags.models, deploy=True)
        django_checks.register(checks.check_regions, django_checks.Tags.models)
        autodiscover_modules("regions")
