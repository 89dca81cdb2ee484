"""Compressed values that hold more than may be inflated: whoever can write to the server can have
a few bytes fill the memory of every worker.
"""

import tracemalloc

import pytest
from lz4 import frame
from surecache._core import compress
from surecache.django import _wire_codecs, _wire_forms
from surecache.errors import Corrupt

from tests.redis.forms.test_bytes import COMPRESSORS

MOST = 1 << 20
COMPRESSING = [name for name in COMPRESSORS if name != "identity"]


class Raw:
    """A serializer of the application's own that takes all bytes for a value."""

    def __init__(self, options):
        pass

    def dumps(self, value):
        return value

    def loads(self, data):
        return data


@pytest.fixture(autouse=True)
def bound(monkeypatch):
    monkeypatch.setattr(_wire_codecs, "MOST_BYTES", MOST)


def form(compressor):
    options = {
        "WIRE": "django-redis",
        "COMPRESSOR": compressor,
        "SERIALIZER": f"{__name__}.Raw",
    }
    return _wire_forms.read(options, "redis://host").make()


@pytest.mark.parametrize("compressor", COMPRESSING)
def test_no_more_is_inflated_than_the_bound(compressor):
    bomb, made = compress(compressor, bytes(64 * MOST)), form(compressor)
    tracemalloc.start()
    try:
        with pytest.raises(Corrupt, match=f"wanted at most {MOST} bytes"):
            made.loads(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 * MOST  # lzma has a dictionary of half of that


@pytest.mark.parametrize("compressor", COMPRESSING)
def test_the_bound_itself_is_inflated_and_one_more_is_not(compressor):
    made = form(compressor)
    assert made.loads(made.dumps(bytes(MOST))) == bytes(MOST)
    with pytest.raises(Corrupt):
        made.loads(made.dumps(bytes(MOST + 1)))


def test_a_frame_that_does_not_tell_its_size_has_the_same_bound():
    made = form("lz4")
    for size in [1, 1000, MOST]:
        data = frame.compress(bytes(size), store_size=False)
        assert made.loads(data) == bytes(size)
    with pytest.raises(Corrupt):
        made.loads(frame.compress(bytes(MOST + 1), store_size=False))


@pytest.mark.parametrize("compressor", COMPRESSING)
def test_part_of_a_frame_is_what_was_left_as_it_was(compressor):
    """As for django-redis: it is for the serializer to say whether that is a value."""
    made = form(compressor)
    part = made.dumps(bytes(range(256)) * 8)[:-1]
    assert made.loads(part) == part


@pytest.mark.parametrize("compressor", COMPRESSING)
@pytest.mark.parametrize("stage", ["foreign", "leaving"])
def test_what_holds_more_is_refused_and_counted_as_a_miss(pair, call, compressor, stage):
    ours, old = pair(
        "django-redis",
        stage,
        COMPRESSOR=COMPRESSORS[compressor],
    )
    old.set("key", bytes(2 * MOST))
    assert call(ours, "get", "key", "absent") == "absent"
    counted = ours.engine.own_statistics()["(plain keys)"]
    assert (counted["outcomes"]["missed"], counted["refusals"]["undecodable"]) == (1, 1)
    old.set("key", "small " * 100)
    assert call(ours, "get", "key") == "small " * 100
