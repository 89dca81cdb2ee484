"""Runs one cell of the contract and tells what came out.

``python -m tests.contract --source DJANGO/tests --store memory --flavour sync --result FILE``
The result is a JSON object: ``run``, ``passed``, ``skipped``, and ``twins`` (calls by name).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import unittest
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.test.runner import DiscoverRunner

from tests.peers.subjects import config, location
from tests.servers import RedisServer

PEERS = ("diskcache", "django-redis", "django-valkey")
STORES = ("memory", "embedded", "redis", "locmem", "files", *PEERS)
FLAVOURS = ("sync", "async", "sessions")
LOCMEM = "django.core.cache.backends.locmem.LocMemCache"
FILES = "django.core.cache.backends.filebased.FileBasedCache"
OURS = "surecache.django.SureCache"


def main() -> int:
    """Exit code 0 if every test of the cell ran and passed."""
    options = _options()
    sys.path.insert(0, str(options.source))
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="surecache-contract-"))
        setting = _setting(options.store, Path(folder), stack)
        _configure(setting)
        ran, counted = _run(_suite(options.flavour, setting))
    found = _judge(ran, counted, options.flavour)
    print(
        f"django {django.__version__}, python {platform.python_version()},"
        f" {options.store}, {options.flavour}: {found['run']} run, {found['passed']} passed"
    )
    if options.result:
        options.result.write_text(json.dumps(found))
    return 0 if found["run"] == found["passed"] > 0 and not found["uncalled"] else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.contract")
    parser.add_argument("--source", type=Path, required=True, help="Django's tests folder")
    parser.add_argument("--store", choices=STORES, required=True)
    parser.add_argument("--flavour", choices=FLAVOURS, required=True)
    parser.add_argument("--result", type=Path)
    return parser.parse_args()


def _setting(store: str, folder: Path, stack: ExitStack) -> dict[str, Any]:
    """The cache's setting. A server that it takes runs until the stack is left."""
    if store in PEERS:
        server = stack.enter_context(RedisServer(folder / "server"))
        alias = config(store, location(store, folder, server.location))
        return {name: alias[name] for name in ("BACKEND", "LOCATION")}
    if store == "redis":
        server = stack.enter_context(RedisServer(folder / "server"))
        return {"BACKEND": OURS, "LOCATION": server.location}
    return {
        "embedded": {"BACKEND": OURS, "LOCATION": f"embedded://{folder}/store"},
        "files": {"BACKEND": FILES, "LOCATION": f"{folder}/files"},
        "locmem": {"BACKEND": LOCMEM},
        "memory": {"BACKEND": OURS, "LOCATION": "memory://contract"},
    }[store]


def _configure(setting: dict[str, Any]) -> None:
    settings.configure(
        CACHES={"default": setting},
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "cache",
            "sessions_tests",
        ],
        SECRET_KEY="the secret of the contract's run",
    )
    os.environ.setdefault("DJANGO_TEST_PROCESSES", "1")
    django.setup()


def _suite(flavour: str, setting: dict[str, Any]) -> unittest.TestSuite:
    from tests.contract.suites import cache_suite, session_suite

    return session_suite() if flavour == "sessions" else cache_suite(flavour, setting)


def _run(suite: unittest.TestSuite) -> tuple[unittest.TestResult, int]:
    counted = suite.countTestCases()
    runner = DiscoverRunner(verbosity=1, interactive=False)
    runner.setup_test_environment()
    databases = runner.setup_databases(aliases={"default": False})
    try:
        return runner.run_suite(suite), counted
    finally:
        runner.teardown_databases(databases)
        runner.teardown_test_environment()


def _judge(ran: unittest.TestResult, counted: int, flavour: str) -> dict[str, Any]:
    """Skipped is not passed, and a twin that no test called was not tested."""
    from tests.contract.twins import TWINS, calls

    bad = {test.id().split(" ")[0] for test, _ in (*ran.failures, *ran.errors, *ran.skipped)}
    bad |= {test.id() for test in ran.unexpectedSuccesses}
    uncalled = sorted(f"a{name}" for name in TWINS if not calls[f"a{name}"])
    for test, reason in ran.skipped:
        print(f"skipped, which counts as failed: {test.id()}: {reason}")
    if flavour != "async":
        uncalled = []
    elif uncalled:
        print(f"wanted every twin to be called, never called: {', '.join(uncalled)}")
    return {
        "run": ran.testsRun,
        "passed": counted - len(bad),
        "twins": dict(calls),
        "uncalled": uncalled,
    }


if __name__ == "__main__":
    sys.exit(main())
