"""System checks."""

import pytest
from django.contrib.auth.models import User
from django.core import checks as django_checks
from django.db import connections
from django.test import override_settings
from surecache.django import Row, Table, _outbox, checks
from surecache.django.models import Outbox

SURE = {"BACKEND": "surecache.django.SureCache", "LOCATION": "memory://checks"}


def ids(messages):
    return [message.id for message in messages]


def about(*regions):
    """What the checks say about these regions; others may be alive in this process."""
    named = [f"region {region.name}:" for region in regions]
    return [each for each in checks.check_regions() if each.msg.startswith(tuple(named))]


def test_the_settings_of_the_tests_are_fine():
    assert ids(checks.check_caches()) == []
    assert checks.check_caches in django_checks.registry.registry.get_checks()
    assert checks.check_regions in django_checks.registry.registry.get_checks()
    assert checks.check_servers not in django_checks.registry.registry.get_checks()
    assert checks.check_servers in django_checks.registry.registry.get_checks(True)
    assert checks.check_outboxes not in django_checks.registry.registry.get_checks()
    assert checks.check_outboxes in django_checks.registry.registry.get_checks(True)


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        ({}, "none"),
        ({"other": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}, "Dummy"),
    ],
)
def test_a_region_whose_cache_is_none_of_surecache(settings, declare, declared, found):
    region = declare(cache="other")
    with override_settings(CACHES={"default": {**SURE, "KEY_PREFIX": "x"}, **declared}):
        (message,) = about(region)
    assert (message.id, message.obj) == ("surecache.E001", region.place)
    assert found in message.msg


def test_columns_and_models_that_do_not_exist(declare):
    kept = [
        declare(key={"user_id": int}, depends_on=[Row(User, nope="user_id")]),
        declare(key={"name": str}, depends_on=[Row(User, id="name")]),
        declare(depends_on=[Table("nowhere.Model")]),
        declare(depends_on=[Table(User), Row("table_of_no_model", any="id")]),
    ]
    messages = about(*kept)
    assert ids(messages) == ["surecache.E002"] * 3
    assert sorted(message.obj for message in messages) == sorted(each.place for each in kept[:3])


def test_a_database_that_is_not_declared(declare):
    kept = declare(database="elsewhere")
    (message,) = about(kept)
    assert (message.id, message.obj) == ("surecache.E003", kept.place)


@pytest.mark.parametrize(("debug", "expected"), [(True, []), (False, ["surecache.W001"])])
def test_a_namespace_without_a_name(settings, debug, expected):
    settings.DEBUG = debug
    with override_settings(CACHES={"default": SURE}):
        assert ids(checks.check_caches()) == expected


def test_atomic_requests_on_sqlite(declare, monkeypatch):
    kept = declare()
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    (message,) = [each for each in checks.check_regions() if each.id == "surecache.W002"]
    assert kept.database in message.msg


@pytest.mark.parametrize(
    ("limit", "policy", "expected"),
    [
        ("0", "allkeys-lru", []),
        ("100mb", "noeviction", []),
        ("100mb", "allkeys-lru", ["surecache.W004"]),
        ("100mb", "volatile-ttl", ["surecache.W004"]),
    ],
)
def test_a_server_that_evicts_may_drop_locks(server, limit, policy, expected):
    try:
        server.ask("CONFIG", "SET", "maxmemory", limit, "maxmemory-policy", policy)
        messages = checks.check_servers()
    finally:
        server.ask("CONFIG", "SET", "maxmemory", "0", "maxmemory-policy", "noeviction")
    assert ids(messages) == expected
    assert all("CACHES['redis']" in each.msg and policy in each.msg for each in messages)


def test_a_server_that_is_down_is_told_and_is_no_fault():
    down = {**SURE, "LOCATION": "unix:///nowhere/socket", "KEY_PREFIX": "x"}
    with override_settings(CACHES={"default": down}):
        (message,) = checks.check_servers()
    assert message.id == "surecache.I002"
    assert not message.is_serious(django_checks.WARNING)


def about_outbox(database):
    """What the checks say about this database; regions of others may be alive in this process."""
    return [each for each in checks.check_outboxes() if f"DATABASES['{database}']" in each.msg]


def test_a_database_of_a_region_without_an_outbox_is_told(files, declare):
    region = declare(database=files)
    assert ids(about_outbox(region.database)) == ["surecache.W006"]
    with connections[files].schema_editor() as editor:
        editor.create_model(Outbox)
    _outbox._forget()
    assert about_outbox(region.database) == []


def test_a_database_that_is_away_is_told_and_is_no_fault(files, declare, tmp_path):
    region = declare(database=files)
    connections[files].close()
    connections[files].settings_dict["NAME"] = tmp_path / "nowhere" / "site.sqlite3"
    assert ids(about_outbox(region.database)) == ["surecache.I003"]


@pytest.mark.parametrize(("workers", "expected"), [("4", ["surecache.W003"]), ("1", []), ("x", [])])
def test_a_memory_of_one_process_where_several_serve(monkeypatch, workers, expected):
    monkeypatch.setenv("WEB_CONCURRENCY", workers)
    with override_settings(CACHES={"default": {**SURE, "KEY_PREFIX": "x"}}):
        assert ids(checks.check_caches()) == expected
