//! The namespace: one for each environment that shares a store.

use std::fmt;

use super::tag::{Tag, TagId};

/// The name that keeps the entries of one environment apart from those of others.
#[derive(Clone, Eq, PartialEq)]
pub struct Namespace {
    name: String,
    hasher_key: [u8; 32],
}

impl Namespace {
    /// A namespace by its name; the empty name is one too.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        let hasher_key = blake3::derive_key("surecache tag id v1", name.as_bytes());
        Self { name, hasher_key }
    }

    /// The name under which a store keeps the generation of a tag.
    pub fn tag_id(&self, tag: &Tag) -> TagId {
        self.id_of(tag.as_bytes())
    }

    /// The same, by the bytes of a tag.
    pub(super) fn id_of(&self, tag: &[u8]) -> TagId {
        let hash = blake3::keyed_hash(&self.hasher_key, tag);
        let mut id = [0; 16];
        id.copy_from_slice(&hash.as_bytes()[..16]);
        TagId(id)
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Namespace({:?})", self.name)
    }
}
