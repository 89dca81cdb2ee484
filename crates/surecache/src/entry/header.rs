//! The part of an entry that is readable without the secret, and covered by the seal.

use super::packing::Packing;
use super::refusal::Refusal;
use crate::key::{EntryClass, EntryKey, Tag};

/// What an entry says about itself.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Header {
    /// How the payload is encoded.
    pub codec: Codec,
    /// Digest of the declaration that made it; zero for plain entries.
    pub fingerprint: Fingerprint,
    /// When its load began; milliseconds since 1970-01-01 UTC.
    pub created_unix_ms: u64,
    /// From when on it is refreshed; [`NEVER`] for never.
    pub soft_unix_ms: u64,
    /// From when on it is not fresh any more; [`NEVER`] for never.
    pub hard_unix_ms: u64,
    /// What its load took, in microseconds.
    pub cost_us: u32,
    /// One for each tag: the declared ones, in their order, then the added ones.
    pub stamps: Vec<Stamp>,
    /// The tags that the loader added.
    pub added: Vec<Tag>,
}

/// An expiry that never comes.
pub const NEVER: u64 = u64::MAX;

/// What stands for a generation and the incarnation of the server that holds it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Stamp(pub [u8; 16]);

/// A digest of a region's declaration.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Fingerprint(pub [u8; 16]);

/// How a payload is encoded.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Codec {
    /// A set, hash, sorted set or list where no server keeps it.
    Collection,
    /// As another program writes it, with no header and no seal: see [`Form`](super::Form).
    Foreign,
    /// A number of the drop-in API, as decimal text: what `incr` works on.
    Integer,
    /// MessagePack with the extension types of `docs/reference/values.md`.
    MessagePack,
    /// Python's pickle; decoded only after its seal was verified.
    Pickle,
    /// The bytes themselves.
    Raw,
    /// A text of the drop-in API, as UTF-8.
    Text,
}

impl Codec {
    /// Its number in stored bytes.
    pub fn code(self) -> u8 {
        match self {
            Self::Raw => 0,
            Self::MessagePack => 1,
            Self::Pickle => 2,
            Self::Integer => 3,
            Self::Text => 4,
            Self::Collection => 5,
            // Never written: there is no header. No code that is read, should it ever be.
            Self::Foreign => 15,
        }
    }

    /// The codec with a number; `None` where there is none.
    pub fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Raw),
            1 => Some(Self::MessagePack),
            2 => Some(Self::Pickle),
            3 => Some(Self::Integer),
            4 => Some(Self::Text),
            5 => Some(Self::Collection),
            _ => None,
        }
    }
}

/// What identifies the key and the use of a secret in one entry.
pub(super) struct Sealing {
    pub(super) key_id: [u8; 8],
    pub(super) nonce: [u8; 12],
}

/// What is sealed: how it is packed, and how long it is then, the authentication tag included.
#[derive(Clone, Copy)]
pub(super) struct Sealed {
    pub(super) packing: Packing,
    pub(super) bytes: u32,
}

impl Header {
    /// Appends the header for a sealed payload.
    pub(super) fn write_to(
        &self,
        out: &mut Vec<u8>,
        entry: &EntryKey,
        sealing: &Sealing,
        sealed: Sealed,
    ) {
        let codec = sealed.packing.code() << 4 | self.codec.code();
        out.extend_from_slice(&[FORMAT, class_code(entry.class()), SEAL, codec]);
        out.extend_from_slice(&sealing.key_id);
        out.extend_from_slice(&sealing.nonce);
        out.extend_from_slice(&self.fingerprint.0);
        for time in [self.created_unix_ms, self.soft_unix_ms, self.hard_unix_ms] {
            out.extend_from_slice(&time.to_be_bytes());
        }
        out.extend_from_slice(&self.cost_us.to_be_bytes());
        out.extend_from_slice(&length_u32(entry.as_bytes().len()).to_be_bytes());
        out.extend_from_slice(&length_u16(self.stamps.len()).to_be_bytes());
        out.extend_from_slice(&length_u16(self.added.len()).to_be_bytes());
        out.extend_from_slice(&sealed.bytes.to_be_bytes());
        out.extend_from_slice(entry.as_bytes());
        for stamp in &self.stamps {
            out.extend_from_slice(&stamp.0);
        }
        for tag in &self.added {
            out.extend_from_slice(&length_u16(tag.as_bytes().len()).to_be_bytes());
            out.extend_from_slice(tag.as_bytes());
        }
    }

    /// The bytes that a header takes, for one allocation.
    pub(super) fn size(&self, entry: &EntryKey) -> usize {
        let added: usize = self.added.iter().map(|tag| 2 + tag.as_bytes().len()).sum();
        FIXED + entry.as_bytes().len() + 16 * self.stamps.len() + added
    }
}

/// A header as it was found, and where the sealed payload begins.
pub(super) struct Parsed {
    pub(super) header: Header,
    pub(super) sealing: Sealing,
    pub(super) packing: Packing,
    pub(super) length: usize,
}

/// Reads a header that must be for `entry`. All bytes must be used up.
#[inline]
pub(super) fn parse(bytes: &[u8], entry: &EntryKey) -> Result<Parsed, Refusal> {
    let mut rest = Cursor(bytes);
    let [format, class, seal, codec] = rest.array()?;
    if format != FORMAT || seal != SEAL {
        return Err(Refusal::OtherFormat);
    }
    let sealing = Sealing { key_id: rest.array()?, nonce: rest.array()? };
    let fingerprint = Fingerprint(rest.array()?);
    let created_unix_ms = u64::from_be_bytes(rest.array()?);
    let soft_unix_ms = u64::from_be_bytes(rest.array()?);
    let hard_unix_ms = u64::from_be_bytes(rest.array()?);
    let cost_us = u32::from_be_bytes(rest.array()?);
    let key_length = u32::from_be_bytes(rest.array()?) as usize;
    let stamp_count = u16::from_be_bytes(rest.array()?);
    let added_count = u16::from_be_bytes(rest.array()?);
    let sealed_length = u32::from_be_bytes(rest.array()?) as usize;
    let key = rest.take(key_length)?;
    let stamps = rest.take(16 * usize::from(stamp_count))?.as_chunks::<16>().0;
    let stamps = stamps.iter().copied().map(Stamp).collect();
    let mut added = Vec::new();
    for _ in 0..added_count {
        added.push(rest.tag()?);
    }
    if rest.0.len() != sealed_length || stamp_count < added_count {
        return Err(Refusal::Malformed);
    }
    if class != class_code(entry.class()) || key != entry.as_bytes() {
        return Err(Refusal::ForeignKey);
    }
    let packing = Packing::from_code(codec >> 4).ok_or(Refusal::OtherFormat)?;
    let codec = Codec::from_code(codec & 0x0f).ok_or(Refusal::OtherFormat)?;
    let header = Header {
        codec,
        fingerprint,
        created_unix_ms,
        soft_unix_ms,
        hard_unix_ms,
        cost_us,
        stamps,
        added,
    };
    Ok(Parsed { header, sealing, packing, length: bytes.len() - sealed_length })
}

/// The key that an entry says it is of, where that is a plain one. Nothing is verified.
#[cfg(feature = "embedded")]
pub(crate) fn plain_key(bytes: &[u8]) -> Option<&[u8]> {
    let [format, class, seal, _] = *bytes.first_chunk()?;
    if (format, class, seal) != (FORMAT, class_code(EntryClass::Plain), SEAL) {
        return None;
    }
    let length = u32::from_be_bytes(*bytes.get(KEY_LENGTH..)?.first_chunk()?) as usize;
    bytes.get(FIXED..)?.get(..length)
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Refusal> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Refusal::Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Refusal::Malformed)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn tag(&mut self) -> Result<Tag, Refusal> {
        let length = u16::from_be_bytes(self.array()?) as usize;
        Ok(Tag::from_bytes(self.take(length)?))
    }
}

fn class_code(class: EntryClass) -> u8 {
    match class {
        EntryClass::Plain => 0,
        EntryClass::Region => 1,
    }
}

/// Lengths were checked by [`Seal::seal`](super::Seal::seal) before anything is written.
fn length_u32(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn length_u16(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

/// The version of the layout; another one in the first byte is another format.
const FORMAT: u8 = 1;

/// AES-256-GCM-SIV (RFC 8452).
const SEAL: u8 = 1;

/// Where the length of the key stands.
#[cfg(feature = "embedded")]
const KEY_LENGTH: usize = 68;

/// Bytes before the key.
const FIXED: usize = 80;
