//! The name of an entry in a store.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
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
#[derive(Clone)]
pub struct EntryKey {
    class: EntryClass,
    bytes: Name,
}

/// Most names are short: these need no memory of their own.
#[derive(Clone)]
enum Name {
    Short(u8, [u8; SHORT_BYTES]),
    Long(Arc<[u8]>),
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
        match &self.bytes {
            Name::Short(length, bytes) => &bytes[..usize::from(*length)],
            Name::Long(bytes) => bytes,
        }
    }

    /// What stands for the key where it must not be shown.
    pub(crate) fn digest(&self) -> [u8; 8] {
        let mut digest = [0; 8];
        digest.copy_from_slice(&blake3::hash(self.as_bytes()).as_bytes()[..8]);
        digest
    }

    fn told(&self) -> (EntryClass, &[u8]) {
        (self.class, self.as_bytes())
    }
}

impl From<&[u8]> for Name {
    fn from(name: &[u8]) -> Self {
        let mut bytes = [0; SHORT_BYTES];
        match (bytes.get_mut(..name.len()), u8::try_from(name.len())) {
            (Some(room), Ok(length)) => {
                room.copy_from_slice(name);
                Self::Short(length, bytes)
            }
            _ => Self::Long(name.into()),
        }
    }
}

impl fmt::Debug for EntryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EntryKey").field(&self.class).field(&self.as_bytes()).finish()
    }
}

impl PartialEq for EntryKey {
    fn eq(&self, other: &Self) -> bool {
        self.told() == other.told()
    }
}

impl Eq for EntryKey {}

impl Hash for EntryKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.told().hash(state);
    }
}

impl Ord for EntryKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.told().cmp(&other.told())
    }
}

impl PartialOrd for EntryKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Of plain keys nearly all, of answers those with few and small fields.
const SHORT_BYTES: usize = 70;

const _: () = assert!(size_of::<EntryKey>() == 80, "a name grew");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_names_are_names_alike() {
        for length in [0, 1, SHORT_BYTES - 1, SHORT_BYTES, SHORT_BYTES + 1, 300] {
            let (name, other) = (vec![7; length], vec![8; length]);
            let key = EntryKey::plain(&name);
            assert_eq!((key.as_bytes(), key.class()), (&name[..], EntryClass::Plain));
            assert_eq!(key, key.clone());
            assert_ne!(key, EntryKey::region(&name));
            assert_eq!(key < EntryKey::plain(&other), length > 0);
            assert!(EntryKey::plain(&name) < EntryKey::plain(&[name, vec![0]].concat()));
        }
    }
}
