"""The Django in which the caches are used."""

from __future__ import annotations

import django
from django.conf import settings


def configure(caches: dict[str, dict[str, object]]) -> None:
    """Sets Django up with these caches, once in a process."""
    settings.configure(
        CACHES=caches,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "surecache.django",
        ],
        SECRET_KEY="the secret of the bench",
    )
    django.setup()
