"""Bytes that nobody encoded: a value or `Corrupt`, never a crash, a hang or an execution."""

import contextlib
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from surecache._core import dumps, loads
from surecache.errors import Corrupt

from tests.unit.any_value import exactly, values


def ext(code, body):
    return bytes([0xC7, len(body), code]) + body


def hexed(text):
    return bytes.fromhex(text)


TIME = bytes([1, 2, 3, 0, 0, 0, 0, 4])
HERE = "one that can be made here"

HOSTILE = [
    ("nothing", b"", "1 bytes more"),
    ("bytes after the value", hexed("c0c0"), "the end"),
    ("the marker that is never used", hexed("c1"), "never used"),
    ("half a number", hexed("cd01"), "2 bytes more"),
    ("a text longer than the rest", hexed("a5616263"), "5 bytes more"),
    ("a text that claims 4 GiB", hexed("dbffffffff61"), "4294967295 bytes more"),
    ("a list that claims 4 G items", hexed("ddffffffff"), "4294967295 items"),
    ("a map that claims 4 G items", hexed("dfffffffff"), "8589934590 items"),
    ("a map that is short by one value", hexed("82c0c0c3"), "4 items"),
    ("binary longer than the rest", hexed("c40561"), "5 bytes more"),
    ("text that is no UTF-8", hexed("a1ff"), "text in UTF-8"),
    ("a lone surrogate", hexed("a3eda080"), "text in UTF-8"),
    ("an unknown extension", ext(11, b"x"), "an extension of 1 to 10"),
    ("a timestamp", hexed("d6ff00000000"), "an extension of 1 to 10"),
    ("an extension longer than the rest", hexed("c9ffffffff0190"), "4294967295 bytes more"),
    ("a key twice", hexed("82a161c0a161c3"), "each key once"),
    ("a key that cannot be hashed", hexed("8190c0"), HERE),
    ("a set that is no array", ext(2, hexed("c0")), "an array"),
    ("a set with an element twice", ext(2, hexed("920101")), "each element once"),
    ("an element that cannot be hashed", ext(2, hexed("9190")), HERE),
    ("bytes after a tuple", ext(1, hexed("90c0")), "the end"),
    ("a date of month 13", ext(5, hexed("000a0d01")), HERE),
    ("a date of three bytes", ext(5, hexed("000a01")), "4 bytes more"),
    ("a date with bytes after it", ext(5, hexed("000a010100")), "the end"),
    ("a time of hour 24", ext(6, b"\x18" + TIME[1:]), HERE),
    ("a fold of 2", ext(6, TIME[:3] + b"\x02" + TIME[4:]), HERE),
    ("a zone of an unknown kind", ext(6, TIME + b"\x09"), "a zone of kind 1 to 3"),
    ("a zone that is a path", ext(6, TIME + b"\x03../passwd"), HERE),
    ("a zone that nobody knows", ext(6, TIME + b"\x03Nowhere/Here"), HERE),
    ("an offset of a day", ext(6, TIME + b"\x01" + hexed("000000010000000000000000")), HERE),
    ("a duration that is not normal", ext(7, hexed("000000000001518000000000")), "normal form"),
    ("an empty decimal", ext(8, b""), "a decimal number"),
    ("a decimal with a space", ext(8, b" 1"), "a decimal number"),
    ("a decimal with an underscore", ext(8, b"1_1"), "a decimal number"),
    ("a decimal that is a word", ext(8, b"abc"), "a decimal number"),
    ("a decimal of foreign digits", ext(8, "\u0661".encode()), "a decimal number"),
    ("an exponent without a sign", ext(8, b"1E5"), "a decimal number"),
    ("an exponent beyond all", ext(8, b"1E+" + b"9" * 20), HERE),
    ("a UUID of 15 bytes", ext(9, bytes(15)), "16 bytes of a UUID"),
    ("an extension integer that is small", ext(10, b"\x01"), "beyond 64 bits"),
    ("an extension integer of 64 bits", ext(10, hexed("00ffffffffffffffff")), "beyond 64 bits"),
    ("leading zeros", ext(10, hexed("0001") + bytes(8)), "beyond 64 bits"),
    ("no integer at all", ext(10, b""), "beyond 64 bits"),
]


@pytest.mark.parametrize(
    ("data", "reason"), [row[1:] for row in HOSTILE], ids=[r[0] for r in HOSTILE]
)
def test_bytes_that_are_no_value_are_corrupt(data, reason):
    with pytest.raises(Corrupt, match=f"^stored value: .*{reason}"):
        loads(data)


@pytest.mark.parametrize("marker", [b"\x91", b"\x81\xc0", b"\xd6\x01"])
def test_hostile_depth_does_not_overflow_the_stack(marker):
    with pytest.raises(Corrupt):
        loads(marker * 1_000_000)


def test_hostile_nesting_of_tuples_does_not_overflow_the_stack():
    data = b"\x90"
    while len(data) < 60_000:
        data = b"\xc8" + (len(data) + 1).to_bytes(2, "big") + b"\x01\x91" + data
    with pytest.raises(Corrupt, match="at most 100"):
        loads(data)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_corrupt(data):
    try:
        value = loads(data)
    except Corrupt:
        return
    assert exactly(loads(dumps(value))) == exactly(value)


@given(values, st.data())
def test_a_changed_byte_gives_a_value_or_corrupt(value, data):
    encoded = bytearray(dumps(value))
    place = data.draw(st.integers(0, len(encoded) - 1))
    encoded[place] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(Corrupt):
        loads(bytes(encoded))


@given(values)
def test_every_cut_is_corrupt(value):
    encoded = dumps(value)
    for length in range(min(len(encoded), 200)):
        with pytest.raises(Corrupt):
            loads(encoded[:length])


def test_a_pickle_is_not_executed():
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("executed",))

    with pytest.raises(Corrupt):
        loads(pickle.dumps(Bomb()))
