"""The Django in which the caches are used."""

from __future__ import annotations

import gc

import django
from django.conf import settings


def configure(caches: dict[str, dict[str, object]]) -> None:
    """Sets Django up with these caches, once in a process."""
    settings.configure(
        ALLOWED_HOSTS=["*"],
        CACHES=caches,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "surecache.django",
        ],
        ROOT_URLCONF="benches.application",
        SECRET_KEY="the secret of the bench",
    )
    django.setup()
    # What is there for good is not looked at again by the collections before each turn.
    gc.collect()
    gc.freeze()
