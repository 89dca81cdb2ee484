"""Test classes made of Django's own: the cache contract in two flavours, and the sessions."""

from __future__ import annotations

import asyncio
import unittest
from importlib import import_module
from typing import Any

from django.core.cache import caches
from django.test import TestCase, override_settings

from tests.contract.twins import asynchronous

CULLING = {"test_cull", "test_zero_cull", "test_cull_delete_when_store_empty"}
"""Tests of MAX_ENTRIES and CULL_FREQUENCY, which Django leaves out for its own Redis and
memcached too: what leaves a full store is the store's choice.
"""


def cache_suite(flavour: str, setting: dict[str, Any]) -> unittest.TestSuite:
    """Django's ``BaseCacheTests`` on the caches that ``setting`` describes.

    In the asynchronous flavour Django's few tests that are coroutines already are left out: they
    would be the same twice.
    """
    module = import_module("cache.tests")
    left_out = set(CULLING)
    if flavour == "async":
        left_out |= _coroutines(module.BaseCacheTests)

    class Contract(module.BaseCacheTests, TestCase):  # type: ignore[misc, name-defined]
        def setUp(self) -> None:
            super().setUp()
            _share_memory_of_locmem()
            if flavour == "async":
                context = asynchronous(module)
                context.__enter__()
                self.addCleanup(context.__exit__, None, None, None)

    caches_of_the_tests = module.caches_setting_for_tests(exclude={"cull", "zero_cull"}, **setting)
    case = override_settings(CACHES=caches_of_the_tests)(Contract)
    return _suite(case, left_out)


def session_suite() -> unittest.TestSuite:
    """Django's tests of the session engines ``cache`` and ``cached_db``, on the default cache."""
    module = import_module("sessions_tests.tests")
    return unittest.TestSuite(
        _suite(case, set()) for case in (module.CacheSessionTests, module.CacheDBSessionTests)
    )


def _coroutines(case: type) -> set[str]:
    return {name for name in dir(case) if asyncio.iscoroutinefunction(getattr(case, name))}


def _suite(case: type[unittest.TestCase], left_out: set[str]) -> unittest.TestSuite:
    names = unittest.defaultTestLoader.getTestCaseNames(case)
    return unittest.TestSuite(case(name) for name in names if name not in left_out)


def _share_memory_of_locmem() -> None:
    """For the control run only: Django's LocMemCache keeps one memory an alias; its own tests join
    them in the same way.
    """
    default = caches["default"]
    if type(default).__name__ != "LocMemCache":
        return
    for alias in ("prefix", "v2", "custom_key", "custom_key2"):
        vars(caches[alias]).update(_cache=default._cache, _expire_info=default._expire_info)
