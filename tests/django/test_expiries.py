"""What django-redis adds to the cache contract: how long values live, and `set` on a condition."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from surecache.errors import Misuse

from tests.left import Left


@pytest.fixture
def call(door, cache):
    return lambda name, *arguments, **named: door.call(cache, name, *arguments, **named)


def test_how_long_a_value_lives(call):
    assert (call("ttl", "key"), call("pttl", "key")) == (0, 0)
    call("set", "key", "value", timeout=100)
    assert call("ttl", "key") == Left(100)
    assert 90_000 < call("pttl", "key") <= 100_000
    call("set", "key", "value", timeout=None)
    assert (call("ttl", "key"), call("pttl", "key")) == (None, None)


def test_seconds_are_rounded_as_servers_do(call):
    call("set", "key", "value", timeout=100.4)
    assert 90 < call("ttl", "key") <= 100


@pytest.mark.parametrize(
    ("name", "timeout"),
    [
        ("expire", 50),
        ("expire", timedelta(seconds=50)),
        ("pexpire", 50_000),
        ("pexpire", timedelta(seconds=50)),
    ],
)
def test_another_timeout(call, name, timeout):
    assert call(name, "key", timeout) is False
    call("set", "key", "value", timeout=None)
    assert call(name, "key", timeout) is True
    assert 40 < call("ttl", "key") <= 50
    assert call("get", "key") == "value"
    assert call(name, "key", None) is True
    assert call("ttl", "key") is None


@pytest.mark.parametrize("zone", [None, timezone.utc, timezone(timedelta(hours=5))])
@pytest.mark.parametrize("name", ["expire_at", "pexpire_at"])
def test_a_moment_at_which_it_ends(call, name, zone):
    moment = datetime.now(zone) + timedelta(seconds=50)
    parts = 1000 if name == "pexpire_at" else 1
    for when in (moment, moment.timestamp() * parts, int(moment.timestamp() * parts)):
        assert call(name, "key", when) is False
        call("set", "key", "value", timeout=None)
        assert call(name, "key", when) is True
        assert 40 < call("ttl", "key") <= 50
        assert call(name, "key", moment.timestamp() * parts - 100 * parts) is True
        assert call("has_key", "key") is False


def test_a_timeout_that_is_over_deletes(call):
    for name in ("expire", "pexpire"):
        call("set", "key", "value")
        assert call(name, "key", 0) is True
        assert call("has_key", "key") is False


def test_a_value_that_is_to_stay(call):
    assert call("persist", "key") is False
    call("set", "key", "value", timeout=100)
    assert call("persist", "key") is True
    assert call("ttl", "key") is None
    assert call("persist", "key") is False


def test_versions_are_apart(call):
    call("set", "key", "value", timeout=100, version=2)
    assert (call("ttl", "key"), call("ttl", "key", version=2)) in ((0, 99), (0, 100))
    assert call("expire", "key", 10) is False
    assert call("persist", "key", version=2) is True


def test_set_on_a_condition(call):
    assert call("set", "key", 1, xx=True) is False
    assert call("has_key", "key") is False
    assert call("set", "key", 1, nx=True) is True
    assert call("set", "key", 2, nx=True) is False
    assert call("get", "key") == 1
    assert call("set", "key", 3, timeout=100, xx=True) is True
    assert (call("get", "key"), call("ttl", "key")) == (3, Left(100))
    assert call("set", "key", 4) is True


def test_a_timeout_that_is_over_is_a_success_without_a_value(call):
    assert call("set", "absent", 1, timeout=0) is True
    assert call("set_many", {"absent": 1, "other": 2}, timeout=-1) == []


def test_milliseconds_of_any_number(call):
    for timeout in (Decimal(50_000), Fraction(50_000)):
        call("set", "key", "value", timeout=None)
        assert call("pexpire", "key", timeout) is True
        assert 40 < call("ttl", "key") <= 50


@pytest.mark.parametrize(
    ("timeout", "found"),
    [
        (timedelta(seconds=5), "timedelta\nhint: give its total_seconds()"),
        ("300", "str"),
        ([300], "list"),
    ],
    ids=["timedelta", "str", "list"],
)
def test_a_timeout_that_is_no_number_is_refused_everywhere(call, timeout, found):
    def refused(name, *arguments, **named):
        with pytest.raises(TypeError) as caught:
            call(name, *arguments, **named, timeout=timeout)
        return str(caught.value)

    call("set", "key", "old", timeout=100)
    text = f"timeout: wanted seconds as int or float, or None, found: {found}"
    assert refused("set", "key", "new") == text
    assert refused("set", "key", "new", xx=True) == text
    assert refused("set", "other", "new", nx=True) == text
    assert refused("set_many", {"key": "new", "other": "new"}) == text
    assert refused("add", "other", "new") == text
    assert refused("touch", "key") == text
    assert refused("get_or_set", "other", lambda: pytest.fail("it was called")) == text
    if not isinstance(timeout, timedelta):
        assert refused("expire", "key") == text
        milliseconds = "wanted milliseconds as int or float, a timedelta or None"
        assert refused("pexpire", "key") == f"timeout: {milliseconds}, found: {found}"
    assert call("get_many", ["key", "other"]) == {"key": "old"}
    assert 40 < call("ttl", "key") <= 100


def test_a_subclass_may_know_only_the_set_of_django(door, cache):
    class Older(type(cache)):
        def set(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
            return super().set(key, value, timeout, version)

    older = Older(cache.settings.location, {"KEY_PREFIX": cache.key_prefix, "OPTIONS": {}})
    assert door.call(older, "set", "key", "value") is True
    assert door.call(older, "get", "key") == "value"


def test_both_conditions_are_refused(call):
    with pytest.raises(Misuse, match="wanted nx or xx, found: both"):
        call("set", "key", 1, nx=True, xx=True)
