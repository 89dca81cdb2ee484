"""The frames of the compressors against the libraries that everybody else reads them with."""

import gzip
import lzma
import sys
import zlib

import lz4.frame
import pytest
from hypothesis import given
from hypothesis import strategies as st
from surecache._core import compress, inflate
from surecache.errors import Corrupt, Misuse

LIBRARIES = {
    "gzip": (gzip.compress, gzip.decompress),
    "lz4": (lz4.frame.compress, lz4.frame.decompress),
    "lzma": (lzma.compress, lzma.decompress),
    "zlib": (zlib.compress, zlib.decompress),
}
OTHERWISE = [
    ("gzip", lambda value: gzip.compress(value, 9, mtime=1_700_000_000)),
    ("lz4", lambda value: lz4.frame.compress(value, store_size=False, content_checksum=True)),
    ("lz4", lambda value: lz4.frame.compress(value, block_linked=False, block_checksum=True)),
    ("lz4", lambda value: lz4.frame.compress(value, compression_level=9, block_size=7)),
    ("lzma", lambda value: lzma.compress(value, preset=4)),
    ("lzma", lambda value: lzma.compress(value, preset=9, check=lzma.CHECK_SHA256)),
    ("zlib", lambda value: zlib.compress(value, 9, wbits=9)),
]
if sys.version_info >= (3, 11):
    # Not made for older ones.
    import pyzstd

    def _in_pieces(value):
        """A frame that does not tell its size."""
        compressor = pyzstd.ZstdCompressor()
        pieces = [compressor.compress(value[:1000]), compressor.compress(value[1000:])]
        return b"".join([*pieces, compressor.flush()])

    LIBRARIES["zstd"] = (pyzstd.compress, pyzstd.decompress)
    OTHERWISE += [
        ("zstd", lambda value: pyzstd.compress(value, 19)),
        ("zstd", lambda value: pyzstd.compress(value, {pyzstd.CParameter.checksumFlag: 1})),
        ("zstd", _in_pieces),
    ]
VALUES = st.one_of(
    st.binary(max_size=3000),
    # Repetition of any length: several blocks, in frames that have blocks.
    st.builds(lambda part, times: part * times, st.binary(max_size=50), st.integers(0, 20_000)),
)

compressors = pytest.mark.parametrize("name", sorted(LIBRARIES))


@compressors
@given(value=VALUES)
def test_python_s_library_reads_what_is_written_here(name, value):
    _, library_inflates = LIBRARIES[name]
    assert library_inflates(compress(name, value)) == value


@compressors
@given(value=VALUES)
def test_what_python_s_library_writes_is_read_here(name, value):
    library_compresses, _ = LIBRARIES[name]
    assert inflate(name, library_compresses(value), len(value)) == value


@pytest.mark.parametrize(("name", "written"), OTHERWISE)
def test_what_is_written_with_other_settings_is_read_too(name, written):
    value = b"".join(b"row %d of many rows, " % number for number in range(20_000))
    frame = written(value)
    assert inflate(name, frame, len(value)) == value
    with pytest.raises(Corrupt, match=f"at most {len(value) - 1} bytes"):
        inflate(name, frame, len(value) - 1)


@compressors
def test_a_bomb_of_python_s_library_is_refused(name):
    library_compresses, _ = LIBRARIES[name]
    bomb = library_compresses(bytes(50_000_000))
    with pytest.raises(Corrupt, match="at most 1000000 bytes"):
        inflate(name, bomb, 1_000_000)


@compressors
def test_what_is_no_frame_is_refused(name):
    library_compresses, _ = LIBRARIES[name]
    frame = library_compresses(b"value" * 100)
    for damaged in (b"", b"value", frame[:-1], frame + b"\0", frame + frame):
        with pytest.raises(Corrupt, match=f"one whole frame of {name}"):
            inflate(name, damaged, 1_000_000)


def test_a_compressor_that_is_none():
    with pytest.raises(Misuse, match=r"wanted gzip, lz4, lzma, zlib, zstd, found: brotli"):
        compress("brotli", b"")
