//! The name of an entry in a store.

use std::sync::Arc;

/// Which door an entry belongs to. The classes never share a name.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum EntryClass {
    /// An entry of the drop-in API, under a key of the application's choice.
    Plain,
    /// An answer of a region.
    Region,
}

/// The physical name of an entry within a namespace. Cheap to clone.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct EntryKey {
    class: EntryClass,
    bytes: Arc<[u8]>,
}

impl EntryKey {
    /// The entry of a plain key, by the whole key that the key function made.
    pub fn plain(key: &[u8]) -> Self {
        Self { class: EntryClass::Plain, bytes: key.into() }
    }

    /// An answer of a region, by its canonical bytes (region name, fingerprint, scope, key).
    pub fn region(bytes: &[u8]) -> Self {
        Self { class: EntryClass::Region, bytes: bytes.into() }
    }

    /// Which door it belongs to.
    pub fn class(&self) -> EntryClass {
        self.class
    }

    /// The name's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What stands for the key where it must not be shown.
    pub(crate) fn digest(&self) -> [u8; 8] {
        let mut digest = [0; 8];
        digest.copy_from_slice(&blake3::hash(&self.bytes).as_bytes()[..8]);
        digest
    }
}
