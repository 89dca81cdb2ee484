//! What an opened entry holds.

use std::hash::{Hash, Hasher};
use std::ops::{Deref, Range};
use std::sync::Arc;

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

/// An encoded value, in the buffer that it was read into; shared, never changed.
#[derive(Clone, Debug)]
pub struct Payload {
    buffer: Buffer,
    range: Range<usize>,
}

#[derive(Clone, Debug)]
enum Buffer {
    /// Read, mostly decoded once and gone.
    Own(Vec<u8>),
    /// Loaded, and given to all who waited.
    Shared(Arc<Vec<u8>>),
}

impl Payload {
    /// A part of a buffer; the range must lie in it.
    pub(super) fn part(buffer: Vec<u8>, range: Range<usize>) -> Self {
        debug_assert!(range.end <= buffer.len(), "a payload lies in its buffer");
        Self { buffer: Buffer::Own(buffer), range }
    }
}

impl Payload {
    /// Makes clones cheap.
    pub(crate) fn share(&mut self) {
        if let Buffer::Own(buffer) = &mut self.buffer {
            self.buffer = Buffer::Shared(Arc::new(std::mem::take(buffer)));
        }
    }
}

impl From<Vec<u8>> for Payload {
    fn from(buffer: Vec<u8>) -> Self {
        let range = 0..buffer.len();
        Self { buffer: Buffer::Shared(Arc::new(buffer)), range }
    }
}

impl Deref for Payload {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.buffer {
            Buffer::Own(buffer) => &buffer[self.range.clone()],
            Buffer::Shared(buffer) => &buffer[self.range.clone()],
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
