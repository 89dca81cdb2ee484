"""Acts about statistics."""

from django.core.cache import cache


def own() -> dict:
    """The numbers of this process."""
    return cache.engine.own_statistics()


def sums() -> dict:
    """The numbers of all processes."""
    return cache.engine.statistics()
