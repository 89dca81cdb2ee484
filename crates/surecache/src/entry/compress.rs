//! Bytes made smaller, in the frames that everybody's libraries write and read.
//!
//! What is inflated has a bound: [`Compressor::inflate`] gives at most as many bytes as it was
//! told, whatever a frame says of itself. No length of a frame is believed: room is made as it is
//! filled. A frame must be whole, the only one, and all there is.

mod frames;
mod room;

use crate::base::Error;
use crate::base::mutant::{self, Mutant};

/// What makes bytes smaller.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Compressor {
    /// A gzip member (RFC 1952) at level 6, without a time: the same bytes for the same value.
    Gzip,
    /// An LZ4 frame: the quickest, the least small.
    Lz4,
    /// LZMA2 in an xz stream at preset 6: the smallest, by far the slowest.
    Lzma,
    /// A zlib stream (RFC 1950) at level 6.
    Zlib,
    /// A Zstandard frame (RFC 8878) at level 1: the one to take.
    Zstd,
}

/// Why bytes were not inflated.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum NotInflated {
    /// They are no frame of that kind, not a whole one, or not only one.
    Damaged,
    /// There is more in them than was asked for.
    TooLarge,
}

impl Compressor {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Gzip, Self::Lz4, Self::Lzma, Self::Zlib, Self::Zstd];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Lz4 => "lz4",
            Self::Lzma => "lzma",
            Self::Zlib => "zlib",
            Self::Zstd => "zstd",
        }
    }

    /// The one with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|compressor| compressor.name() == name)
    }

    /// One whole frame that holds the bytes. Always a frame, also where that is no smaller.
    ///
    /// # Errors
    /// `Unavailable` where the library has no memory.
    pub fn compress(self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        let compressed = match self {
            Self::Gzip => frames::gzip(bytes),
            Self::Lz4 => frames::lz4(bytes),
            Self::Lzma => frames::lzma(bytes),
            Self::Zlib => frames::zlib(bytes),
            Self::Zstd => frames::zstd(bytes),
        };
        compressed.ok_or_else(|| Error::unavailable(format!("{} has no memory", self.name())))
    }

    /// What one whole frame holds, at most `most_bytes`.
    ///
    /// # Errors
    /// Where the bytes are not exactly one frame, or there is more in it. No more than the bound,
    /// and what the frame's format needs to be read, is ever held in memory.
    pub fn inflate(self, bytes: &[u8], most_bytes: usize) -> Result<Vec<u8>, NotInflated> {
        let unbounded = mutant::is(Mutant::InflatedUnbounded);
        let most_bytes = if unbounded { usize::MAX } else { most_bytes };
        match self {
            Self::Gzip => frames::gunzip(bytes, most_bytes),
            Self::Lz4 => frames::unlz4(bytes, most_bytes),
            Self::Lzma => frames::unlzma(bytes, most_bytes),
            Self::Zlib => frames::unzlib(bytes, most_bytes),
            Self::Zstd => frames::unzstd(bytes, most_bytes),
        }
    }
}

#[cfg(test)]
mod tests;
