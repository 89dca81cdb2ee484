"""Log records of misses and refusals."""

# ruff: noqa: A001 -- a key field has the name of its column

import logging

import pytest
from surecache.django import Tag, _events, invalidate


@pytest.fixture
def records(caplog):
    _events._samples.clear()
    caplog.set_level(logging.DEBUG, logger="surecache")

    def of(region):
        return [record for record in caplog.records if record.region == region.name]

    return of


def test_misses_and_refusals_are_records_with_a_digest(declare, counted, records):
    region = declare(depends_on=[Tag("rates")])
    region.get_or_load(counted, id=123456789)
    invalidate(Tag("rates"))
    region.get_or_load(counted, id=123456789)
    region.get_or_load(counted, id=123456789)
    first, second = records(region)
    assert (first.outcome, first.refusal) == ("loaded", None)
    assert (second.outcome, second.refusal) == ("loaded", "invalidated")
    assert first.key_digest == second.key_digest
    assert len(bytes.fromhex(first.key_digest)) == 8
    assert "123456789" not in first.getMessage()
    assert {first.levelno, second.levelno} == {logging.DEBUG}
    assert first.name == "surecache"


def test_many_of_one_kind_are_sampled_and_counted(declare, counted, records, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(_events.time, "monotonic", lambda: now[0])
    region = declare()
    for id in range(_events.PER_SECOND + 5):
        region.get_or_load(counted, id=id)
    assert len(records(region)) == _events.PER_SECOND
    now[0] += 1
    region.get_or_load(counted, id=99)
    assert [record.skipped for record in records(region)] == [0] * _events.PER_SECOND + [5]


def test_bytes_of_another_are_a_warning(records, settings):
    from django.core.cache import caches
    from django.test import override_settings

    store = {
        "BACKEND": "surecache.django.SureCache",
        "LOCATION": "memory://events",
        "KEY_PREFIX": "e",
    }
    for secret in ("one secret", "another secret"):
        with override_settings(CACHES={"default": {**store, "OPTIONS": {"secrets": [secret]}}}):
            if secret == "one secret":
                caches["default"].set("key", 1)
            else:
                assert caches["default"].get("key") is None
    kinds = [kind for kind in _events._samples if kind[2] == "other_key"]
    assert kinds == [("(plain keys)", "missed", "other_key")]
