//! A whole key: its parts, in the order of the declaration.

use super::fields::Field;
use super::part::Part;

/// The key of a region: a list of typed fields.
///
/// Derive it: `#[derive(CacheKey)]` on a struct with named fields takes them in the order of their
/// declaration. Two regions, or a Rust and a Python declaration, that name the same fields with the
/// same types in the same order have the same keys.
pub trait CacheKey {
    /// Names and types of the fields, in order.
    fn fields() -> Vec<Field>;

    /// Writes the fields' values, one part each, in the order of [`CacheKey::fields`].
    fn write(&self, writer: &mut KeyWriter);
}

/// Takes the parts of a key, in order.
#[derive(Debug, Default)]
pub struct KeyWriter {
    bytes: Vec<u8>,
}

impl KeyWriter {
    /// An empty key.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a field's value.
    pub fn part(&mut self, part: impl Into<Part>) -> &mut Self {
        part.into().write_to(&mut self.bytes);
        self
    }

    /// The key.
    pub fn finish(self) -> KeyBytes {
        KeyBytes(self.bytes)
    }
}

/// The canonical bytes of a key.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyBytes(Vec<u8>);

impl KeyBytes {
    /// The bytes of a key.
    pub fn of(key: &impl CacheKey) -> Self {
        let mut writer = KeyWriter::new();
        key.write(&mut writer);
        writer.finish()
    }

    /// As a slice.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
