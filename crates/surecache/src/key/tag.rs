//! Names for what entries depend on.

use std::fmt;
use std::sync::Arc;

use super::part::{Part, write_sized};
use super::scope::PrincipalKind;

/// Something that cached answers depend on: a row, a table, a principal, an outside thing. Cheap to
/// clone.
///
/// Invalidating a tag ends every entry that carries it, at once, whatever their number.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Tag {
    bytes: Arc<[u8]>,
}

/// The tag of some rows, their values still to come: what is the same for all keys is written once.
#[derive(Clone, Debug)]
pub(crate) struct RowsOf {
    /// What stands before each value, and which part of a key the value is.
    pieces: Vec<(Vec<u8>, usize)>,
}

impl RowsOf {
    /// The rows of a table in which each column has the value of a part, by its index.
    pub(crate) fn new(table: &Table, columns: &[(String, usize)]) -> Self {
        let mut columns: Vec<_> = columns.iter().collect();
        columns.sort();
        let mut piece = vec![ROWS];
        table.write_to(&mut piece);
        let pieces = columns.into_iter().map(|(column, index)| {
            write_sized(0x20, column.as_bytes(), &mut piece);
            (std::mem::take(&mut piece), *index)
        });
        Self { pieces: pieces.collect() }
    }

    /// Appends the bytes of the tag that [`Tag::rows`] gives for these values. An index that no
    /// part has is NULL.
    pub(super) fn write_to(&self, parts: &[Part], out: &mut Vec<u8>) {
        for (piece, index) in &self.pieces {
            out.extend_from_slice(piece);
            parts.get(*index).unwrap_or(&Part::Null).write_to(out);
        }
    }
}

/// The name under which a store keeps a tag's generation: a digest of namespace and tag.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TagId(pub [u8; 16]);

/// A table, named as its database names it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Table {
    /// The alias of the database; `default` where there is one only.
    pub database: String,
    /// The schema; empty for the one that the connection finds first.
    pub schema: String,
    /// The table's name.
    pub name: String,
}

impl Table {
    /// A table of the default database and schema.
    pub fn new(name: impl Into<String>) -> Self {
        Self { database: "default".to_owned(), schema: String::new(), name: name.into() }
    }

    /// The same table in another database.
    #[must_use]
    pub fn in_database(mut self, alias: impl Into<String>) -> Self {
        self.database = alias.into();
        self
    }

    /// The same table in another schema.
    #[must_use]
    pub fn in_schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    fn write_to(&self, out: &mut Vec<u8>) {
        write_sized(0x20, self.database.as_bytes(), out);
        write_sized(0x20, self.schema.as_bytes(), out);
        write_sized(0x20, self.name.as_bytes(), out);
    }
}

impl From<&str> for Table {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl Tag {
    /// Everything in the namespace.
    pub fn namespace() -> Self {
        Self::build(|out| out.push(NAMESPACE))
    }

    /// Every answer of a region.
    pub fn region(name: &str) -> Self {
        Self::build(|out| {
            out.push(REGION);
            write_sized(0x20, name.as_bytes(), out);
        })
    }

    /// Something outside the database, by a name of the application's choice.
    pub fn named(name: &str) -> Self {
        Self::build(|out| {
            out.push(NAMED);
            write_sized(0x20, name.as_bytes(), out);
        })
    }

    /// Every answer made for a principal.
    pub fn principal(kind: PrincipalKind, value: &Part) -> Self {
        Self::build(|out| write_principal(kind, value, out))
    }

    /// Every answer that depends on a principal's rights.
    pub fn rights(kind: PrincipalKind, value: &Part) -> Self {
        Self::build(|out| write_rights(kind, value, out))
    }

    /// The rows of a table in which a column has a value.
    pub fn row(table: impl Into<Table>, column: &str, value: impl Into<Part>) -> Self {
        Self::rows(table, &[(column, value.into())])
    }

    /// The rows of a table in which each of the columns has its value. The order of the columns
    /// does not matter.
    pub fn rows(table: impl Into<Table>, columns: &[(&str, Part)]) -> Self {
        let mut columns: Vec<_> = columns.iter().collect();
        columns.sort();
        Self::build(|out| {
            out.push(ROWS);
            table.into().write_to(out);
            for (column, value) in columns {
                write_sized(0x20, column.as_bytes(), out);
                value.write_to(out);
            }
        })
    }

    /// A table, ended by any captured write to it.
    pub fn table(table: impl Into<Table>) -> Self {
        Self::build(|out| {
            out.push(TABLE);
            table.into().write_to(out);
        })
    }

    /// A table, ended only by a write whose rows could not be listed. Every answer that depends on
    /// some of the rows carries it too.
    pub fn table_overflow(table: impl Into<Table>) -> Self {
        Self::build(|out| {
            out.push(TABLE_OVERFLOW);
            table.into().write_to(out);
        })
    }

    /// A tag from its canonical bytes, as they stand in an entry's header.
    pub fn from_bytes(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self { bytes: bytes.into() }
    }

    /// The canonical bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn build(write: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut bytes = Vec::with_capacity(USUAL_BYTES);
        write(&mut bytes);
        Self { bytes: bytes.into() }
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({})", self.bytes.escape_ascii())
    }
}

/// Appends the bytes of [`Tag::principal`].
pub(super) fn write_principal(kind: PrincipalKind, value: &Part, out: &mut Vec<u8>) {
    out.extend_from_slice(&[PRINCIPAL, kind.code()]);
    value.write_to(out);
}

/// Appends the bytes of [`Tag::rights`].
pub(super) fn write_rights(kind: PrincipalKind, value: &Part, out: &mut Vec<u8>) {
    out.extend_from_slice(&[RIGHTS, kind.code()]);
    value.write_to(out);
}

const NAMESPACE: u8 = 1;
const REGION: u8 = 2;
const NAMED: u8 = 3;
const PRINCIPAL: u8 = 4;
const RIGHTS: u8 = 5;
const ROWS: u8 = 6;
const TABLE: u8 = 7;
const TABLE_OVERFLOW: u8 = 8;

/// Enough for most rows' tags, so that writing one allocates once.
const USUAL_BYTES: usize = 64;
