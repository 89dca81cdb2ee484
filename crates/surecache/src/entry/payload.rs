//! What an opened entry holds.

use std::hash::{Hash, Hasher};
use std::ops::Deref;

use bytes::{Bytes, BytesMut};

use super::collection::Kind;
use super::header::{Codec, Fingerprint, Header, NEVER};

/// An entry whose seal was verified.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Entry {
    /// What it says about itself.
    pub header: Header,
    /// The encoded value.
    pub payload: Payload,
}

impl Entry {
    /// What stands for a collection that a server keeps: its kind and nothing of what is in it.
    pub fn of_collection(kind: Kind) -> Self {
        let header = Header {
            codec: Codec::Collection,
            fingerprint: Fingerprint::default(),
            created_unix_ms: 0,
            soft_unix_ms: NEVER,
            hard_unix_ms: NEVER,
            cost_us: 0,
            stamps: Vec::new(),
            added: Vec::new(),
        };
        Self { header, payload: vec![kind.code()].into() }
    }
}

/// The value of a plain key: what is left of its entry once that was opened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PlainValue {
    /// How it is encoded.
    pub codec: Codec,
    /// Its bytes.
    pub payload: Payload,
    /// When it ends; milliseconds since 1970-01-01 UTC, all ones for never.
    pub hard_unix_ms: u64,
}

impl From<Entry> for PlainValue {
    fn from(entry: Entry) -> Self {
        let Header { codec, hard_unix_ms, .. } = entry.header;
        Self { codec, payload: entry.payload, hard_unix_ms }
    }
}

/// An encoded value, in the buffer that it was read into; never changed.
#[derive(Clone, Debug)]
pub struct Payload(Buffer);

#[derive(Clone, Debug)]
enum Buffer {
    /// Read, mostly decoded once and gone.
    Own(BytesMut),
    /// Given to many: loaded, for all who waited, or kept.
    Shared(Bytes),
}

impl Entry {
    /// The same, where it is to be kept for a while: its payload lies in no larger buffer any more.
    pub(crate) fn kept(mut self) -> Self {
        if let Buffer::Own(buffer) = &self.payload.0 {
            self.payload = buffer.to_vec().into();
        }
        self
    }
}

impl From<BytesMut> for Payload {
    fn from(buffer: BytesMut) -> Self {
        Self(Buffer::Own(buffer))
    }
}

impl From<Vec<u8>> for Payload {
    fn from(buffer: Vec<u8>) -> Self {
        Self(Buffer::Shared(buffer.into()))
    }
}

impl Deref for Payload {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Buffer::Own(buffer) => buffer,
            Buffer::Shared(buffer) => buffer,
        }
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Payload {}

impl Hash for Payload {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}
