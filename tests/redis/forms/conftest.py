"""Two caches of one server in this process: ours in a foreign form, and the other one itself."""

import itertools

import pytest
from django.core.cache import caches

from tests.redis.forms.stages import FORMS, declared

_numbers = itertools.count()


@pytest.fixture(params=FORMS)
def form(request):
    return request.param


@pytest.fixture
def pair(settings, redis_location):
    """Makes a pair: ours at a stage, and the other."""
    made = []

    def made_of(form, stage="foreign", **options):
        prefix = f"forms-{next(_numbers)}"
        settings.CACHES = {
            name: {**declared(at, form, redis_location, **options), "KEY_PREFIX": prefix}
            for name, at in {"default": stage, "old": "old"}.items()
        }
        made.append(caches["old"])
        return caches["default"], caches["old"]

    yield made_of
    for old in made:
        client = getattr(old, "client", None)
        if client is None:
            old._cache.get_client(write=True).connection_pool.disconnect()
        else:
            client.get_client().connection_pool.disconnect()
