//! The names of locks and semaphores.

use std::fmt;

/// The name of a lock or of a semaphore in its namespace. It shares nothing with the entry of the
/// same key, and a lock shares nothing with a semaphore.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LockName {
    class: LockClass,
    bytes: Box<[u8]>,
}

/// What a name is of.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum LockClass {
    /// A lock: one place.
    Lock,
    /// A semaphore: some places.
    Semaphore,
}

impl LockName {
    /// The name of a lock.
    pub fn lock(name: &[u8]) -> Self {
        Self { class: LockClass::Lock, bytes: name.into() }
    }

    /// The name of a semaphore.
    pub fn semaphore(name: &[u8]) -> Self {
        Self { class: LockClass::Semaphore, bytes: name.into() }
    }

    /// What it is of.
    pub fn class(&self) -> LockClass {
        self.class
    }

    /// The name.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Without the name, which may be somebody's: a digest.
impl fmt::Debug for LockName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = blake3::hash(&self.bytes).to_hex();
        write!(f, "{:?}({})", self.class, &digest[..8])
    }
}
