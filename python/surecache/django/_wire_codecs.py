"""The compressors of django-redis, by its own packages: the bytes are to be the same.

What is inflated has a bound, whatever the bytes say of themselves: who can write to the server
could have the memory of every worker filled by a few bytes.
"""

from __future__ import annotations

import gzip
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from surecache.errors import Corrupt, Misuse

__all__ = ["Codec", "codec", "package"]

MOST_BYTES: Final = 512 << 20
"""The most that a compressed value may hold: as much as of a sealed one (docs/reference/format.md).
"""

_LZMA_MEMORY_BYTES: Final = 80 << 20
"""What lzma may take for its dictionary: enough for every preset (9 takes 65 MiB)."""

_LZ4_RATIO: Final = 255
"""LZ4 makes nothing smaller than by this factor."""

_GZIP_WINDOW: Final = 31
"""Deflate's largest window, as a power of two, and 16 for the header of gzip."""


@dataclass(frozen=True)
class Codec:
    """Compresses what is longer than a bound."""

    shorten: Callable[[bytes], bytes]
    inflate: Callable[[bytes, int], tuple[bytes, bool]]
    """Up to so many bytes of what a frame holds, and whether it ends there."""
    min_length: int = 15

    def compress(self, value: bytes) -> bytes:
        return self.shorten(value) if len(value) > self.min_length else value

    def decompress(self, value: bytes) -> bytes:
        """What was compressed.

        Raises:
            Corrupt: It is more than MOST_BYTES.
            Exception: It is no whole frame.
        """
        data, is_whole = self.inflate(value, MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise Corrupt(f"a value: wanted at most {MOST_BYTES} bytes, found: more")
        if not is_whole:
            raise ValueError("wanted a whole frame, found: part of one")
        return data


def codec(name: str) -> Codec:
    """The one with a name.

    Raises:
        Misuse: The package that it needs is not there.
    """
    if name == "gzip":
        return Codec(gzip.compress, lambda data, most: _inflated(_gunzip(), data, most))
    if name == "zlib":
        return Codec(
            lambda data: zlib.compress(data, 6),
            lambda data, most: _inflated(zlib.decompressobj(), data, most),
        )
    if name == "lzma":
        return Codec(
            lambda data: lzma.compress(data, preset=4),
            lambda data, most: _inflated(_unlzma(), data, most),
            100,
        )
    if name == "lz4":
        frame = package("lz4.frame", "lz4")
        return Codec(frame.compress, lambda data, most: _unlz4(frame, data, most))
    zstd = package("pyzstd", "pyzstd")
    return Codec(zstd.compress, lambda data, most: _inflated(zstd.ZstdDecompressor(), data, most))


def package(module: str, name: str) -> Any:
    """A module of a package that may not be there.

    Raises:
        Misuse: It is not.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise Misuse(
            f"OPTIONS: wanted the package {name}, found: none\nhint: pip install {name}"
        ) from error


def _gunzip() -> Any:
    return zlib.decompressobj(_GZIP_WINDOW)


def _unlzma() -> Any:
    return lzma.LZMADecompressor(memlimit=_LZMA_MEMORY_BYTES)


def _inflated(stream: Any, data: bytes, most: int) -> tuple[bytes, bool]:
    inflated: bytes = stream.decompress(data, most)
    return inflated, stream.eof


def _unlz4(frame: Any, data: bytes, most: int) -> tuple[bytes, bool]:
    # Memory is asked for at once for all that may come.
    declared = frame.get_frame_info(data)["content_size"] or len(data) * _LZ4_RATIO
    return _inflated(frame.LZ4FrameDecompressor(), data, min(declared + 1, most))
