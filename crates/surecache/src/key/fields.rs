//! The declared shape of a key: names and types of its fields.

use std::fmt;

/// A field of a key: its name, its type, and whether it may be absent.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Field {
    /// The name, as in the declaration.
    pub name: String,
    /// The type of its values.
    pub kind: FieldKind,
    /// True where NULL (`None`) is allowed.
    pub nullable: bool,
}

impl Field {
    /// A field that always has a value.
    pub fn new(name: impl Into<String>, kind: FieldKind) -> Self {
        Self { name: name.into(), kind, nullable: false }
    }

    /// The same field, where NULL is allowed.
    #[must_use]
    pub fn or_null(mut self) -> Self {
        self.nullable = true;
        self
    }
}

/// The type of a key field.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum FieldKind {
    /// [`Part::Bool`](super::Part::Bool).
    Bool,
    /// [`Part::Bytes`](super::Part::Bytes).
    Bytes,
    /// [`Part::Date`](super::Part::Date).
    Date,
    /// [`Part::Int`](super::Part::Int).
    Int,
    /// [`Part::Text`](super::Part::Text).
    Text,
    /// [`Part::Uuid`](super::Part::Uuid).
    Uuid,
}

impl fmt::Display for FieldKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "bool",
            Self::Bytes => "bytes",
            Self::Date => "date",
            Self::Int => "int",
            Self::Text => "text",
            Self::Uuid => "uuid",
        })
    }
}
