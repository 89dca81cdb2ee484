//! How a payload is packed in its entry: as it is, or compressed.
//!
//! Packing is under the seal: it happens before a payload is encrypted, and is undone after its
//! seal was verified. Every reader undoes every packing that its build knows, whatever it would do
//! itself.

use std::ops::Range;

use bytes::{Buf as _, BytesMut};

use super::payload::Payload;
use super::refusal::Refusal;
#[cfg(feature = "compress")]
use super::{Codec, Compressor};
#[cfg(feature = "compress")]
use crate::base::Error;

/// What is done to a payload before it is sealed; the upper half of the codec's byte.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Packing {
    /// Nothing.
    Plain,
    #[cfg(feature = "compress")]
    Compressed(Compressor),
}

impl Packing {
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Plain => 0,
            #[cfg(feature = "compress")]
            Self::Compressed(compressor) => match compressor {
                Compressor::Zstd => 1,
                Compressor::Lz4 => 2,
                Compressor::Zlib => 3,
                Compressor::Gzip => 4,
                Compressor::Lzma => 5,
            },
        }
    }

    /// `None` for what this build cannot undo.
    pub(super) fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Plain),
            #[cfg(feature = "compress")]
            1..=5 => {
                let all = Compressor::ALL.map(Self::Compressed);
                all.into_iter().find(|packing| packing.code() == code)
            }
            _ => None,
        }
    }

    /// The payload that was packed into a part of a buffer.
    ///
    /// # Errors
    /// `Undecodable` where it is damaged or larger than anybody packs.
    #[inline]
    pub(super) fn unpack(
        self,
        mut buffer: BytesMut,
        range: Range<usize>,
    ) -> Result<Payload, Refusal> {
        match self {
            Self::Plain => {
                buffer.truncate(range.end);
                buffer.advance(range.start);
                Ok(buffer.into())
            }
            #[cfg(feature = "compress")]
            Self::Compressed(compressor) => {
                let inflated = compressor.inflate(&buffer[range], MAX_BYTES);
                inflated.map(Payload::from).map_err(|_| Refusal::Undecodable)
            }
        }
    }
}

/// What is compressed, and from which size on.
#[cfg(feature = "compress")]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Compression {
    /// By what.
    pub compressor: Compressor,
    /// Payloads of up to so many bytes are left as they are.
    pub above_bytes: usize,
}

#[cfg(feature = "compress")]
impl Compression {
    /// In smaller entries the header, the key and the store's own record take much of the room,
    /// and nothing makes those smaller.
    pub const ABOVE_BYTES: usize = 1024;

    /// The payload made smaller, where it should be and can be. Numbers never are: they are sealed
    /// anew at each count.
    pub(super) fn pack(
        self,
        codec: Codec,
        payload: &[u8],
    ) -> Result<Option<(Packing, Vec<u8>)>, Error> {
        let is_left = codec == Codec::Integer || payload.len() <= self.above_bytes;
        if is_left || payload.len() > MAX_BYTES {
            return Ok(None);
        }
        let packed = self.compressor.compress(payload)?;
        let is_smaller = packed.len() < payload.len();
        Ok(is_smaller.then_some((Packing::Compressed(self.compressor), packed)))
    }
}

/// The most that a compressed payload may hold, whoever sealed it: as much as Redis takes in one
/// value. What is larger is stored as it is, where there is room.
#[cfg(feature = "compress")]
const MAX_BYTES: usize = 512 << 20;
