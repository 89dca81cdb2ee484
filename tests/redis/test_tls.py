"""A server behind TLS, from every kind of caller, and servers that are not who they should be."""

import asyncio
import os
import random
import subprocess
import sys

import pytest
from surecache.errors import Misuse, Unavailable

from tests.redis.secured import AUTHORITY, CERTIFICATES, secured
from tests.redis.watching import PATIENCE_S, run_on


@pytest.fixture
def location():
    with secured() as started:
        yield started


def test_a_value_is_kept_over_tls(at, location, call):
    cache = at(location, tls_ca_file=AUTHORITY)
    large = os.urandom(1_000_000)
    for value in ("value", large):
        call(cache, "set", "key", value)
        assert call(cache, "get", "key") == value
    call(cache, "delete", "key")
    assert call(cache, "get", "key") is None


def test_a_region_is_read_over_tls(at, location, declare, call):
    at(location, tls_ca_file=str(AUTHORITY))
    region, loads = declare(), []
    for _ in range(3):
        assert call(region, "get_or_load", lambda **key: loads.append(key) or 7, id=1) == 7
    assert loads == [{"id": 1}]


def test_the_authorities_of_the_system_are_trusted_where_none_is_named(location):
    """Which they are, the system's own variables say."""
    program = (
        "from django.conf import settings\n"
        "settings.configure(SECRET_KEY='a secret of the tests', CACHES={'default': {'BACKEND':"
        f" 'surecache.django.SureCache', 'LOCATION': '{location}', 'KEY_PREFIX': 'tls'}}}})\n"
        "from django.core.cache import cache\n"
        "cache.set('key', 'kept')\n"
        "print(cache.get('key'))\n"
    )
    environment = {**os.environ, "SSL_CERT_FILE": str(AUTHORITY)}
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert (ran.stdout, ran.stderr) == ("kept\n", "")


@pytest.mark.parametrize(
    ("shown", "trusted", "told"),
    [
        ("server", "stranger", "hint: set tls_ca_file"),
        ("elsewhere", "authority", "hint: write the location with a name"),
        ("expired", "authority", "expired"),
    ],
)
def test_a_server_that_is_not_who_it_should_be_is_told_at_each_call(
    at, declare, call, shown, trusted, told
):
    with secured(shown) as location:
        cache = at(location, tls_ca_file=CERTIFICATES / f"{trusted}.pem")
        for _ in range(6):
            with pytest.raises(Unavailable) as caught:
                call(cache, "set", "key", "value")
            assert told in str(caught.value)
        assert call(declare(), "get_or_load", lambda **_: 7, id=1) == 7


def test_a_client_shows_its_certificate(at, call):
    with secured(clients="yes") as location:
        bare = at(location, tls_ca_file=AUTHORITY)
        with pytest.raises(Unavailable, match="tls_cert_file and tls_key_file"):
            call(bare, "get", "key")
        identity = {f"tls_{kind}_file": CERTIFICATES / f"client.{end}" for kind, end in PARTS}
        cache = at(location, tls_ca_file=AUTHORITY, **identity)
        call(cache, "set", "key", "value")
        assert call(cache, "get", "key") == "value"


PARTS = (("cert", "pem"), ("key", "key"))


def test_cancelled_reads_over_tls_shift_no_other_s_reply(at, location, new_loop):
    cache = at(location, tls_ca_file=AUTHORITY)
    values = {f"key:{number}": [number] * (1 + number % 500) for number in range(100)}
    cache.set_many(values, None)

    async def main():
        cancelled = 0
        for _ in range(50):
            names = random.choices(list(values), k=50)
            tasks = [asyncio.create_task(cache.aget(name)) for name in names]
            for _ in range(random.randrange(6)):
                await asyncio.sleep(0)
            for task in random.sample(tasks, 15):
                task.cancel()
            gathered = asyncio.gather(*tasks, return_exceptions=True)
            found = await asyncio.wait_for(gathered, PATIENCE_S)
            for name, each in zip(names, found, strict=True):
                is_cancelled = type(each) is asyncio.CancelledError
                cancelled += is_cancelled
                assert is_cancelled or each == values[name]
        return cancelled

    assert run_on(new_loop, main()) > 100


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"tls_ca_file": "ca.pem"}, "OPTIONS['tls_ca_file']: wanted an absolute path"),
        ({"tls_ca_file": 7}, "OPTIONS['tls_ca_file']: wanted an absolute path"),
        ({"tls_ca_file": "/nowhere/ca.pem"}, "tls_ca_file: wanted a file in PEM"),
        ({"tls_ca_file": CERTIFICATES / "client.key"}, "no certificate in it"),
        ({"tls_cert_file": AUTHORITY}, "both tls_cert_file and tls_key_file"),
        ({"tls_key_file": AUTHORITY}, "both tls_cert_file and tls_key_file"),
        ({"tls_cert_file": AUTHORITY, "tls_key_file": AUTHORITY}, "tls_key_file: wanted a file"),
    ],
)
def test_files_that_are_none_are_refused(at, options, told):
    with pytest.raises(Misuse) as caught:
        at("rediss://127.0.0.1:1", **options).get("key")
    assert told in str(caught.value)


def test_files_without_tls_are_refused(at):
    with pytest.raises(Misuse, match="wanted tls_ca_file with a location rediss://"):
        at("redis://127.0.0.1:1", tls_ca_file=AUTHORITY).get("key")
