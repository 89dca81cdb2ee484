//! Tags, as Python names them.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use surecache::{Part, PrincipalKind, Table, Tag};

use crate::errors;
use crate::key::{FromPython, part_of};

/// Something that answers depend on. Immutable; equal tags are equal.
#[pyclass(frozen, name = "Tag", module = "surecache._core")]
#[derive(Debug)]
pub(crate) struct PyTag {
    pub(crate) tag: Tag,
}

#[pymethods]
impl PyTag {
    /// Everything in the namespace.
    #[staticmethod]
    fn namespace() -> Self {
        Self { tag: Tag::namespace() }
    }

    /// Every answer of a region.
    #[staticmethod]
    fn region(name: &str) -> Self {
        Self { tag: Tag::region(name) }
    }

    /// Something outside the database.
    #[staticmethod]
    fn named(name: &str) -> Self {
        Self { tag: Tag::named(name) }
    }

    /// The rows in which each column has its value.
    #[staticmethod]
    fn rows(
        database: &str,
        schema: &str,
        table: &str,
        columns: Vec<(String, Bound<'_, PyAny>)>,
    ) -> PyResult<Self> {
        let mut parts = Vec::with_capacity(columns.len());
        for (column, value) in &columns {
            let part = column_value(value, &format!("column {table}.{column}"))?;
            parts.push((column.as_str(), part));
        }
        Ok(Self { tag: Tag::rows(named(database, schema, table), &parts) })
    }

    /// A whole table.
    #[staticmethod]
    fn table(database: &str, schema: &str, table: &str) -> Self {
        let tag = Tag::table(named(database, schema, table));
        Self { tag }
    }

    /// A table, where a write's rows could not be listed.
    #[staticmethod]
    fn table_overflow(database: &str, schema: &str, table: &str) -> Self {
        let tag = Tag::table_overflow(named(database, schema, table));
        Self { tag }
    }

    /// Every answer made for a principal.
    #[staticmethod]
    fn principal(kind: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (of, part) = principal(kind, value)?;
        Ok(Self { tag: Tag::principal(of, &part) })
    }

    /// Every answer that depends on a principal's rights.
    #[staticmethod]
    fn rights(kind: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (of, part) = principal(kind, value)?;
        Ok(Self { tag: Tag::rights(of, &part) })
    }

    /// The tag of canonical bytes: of those that `canonical` gave, here or elsewhere.
    #[staticmethod]
    fn of_canonical(canonical: &[u8]) -> Self {
        Self { tag: Tag::from_bytes(canonical) }
    }

    /// The canonical bytes: the same in every process and for good.
    fn canonical<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.tag.as_bytes())
    }

    fn __repr__(&self) -> String {
        format!("<Tag {}>", self.tag)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().tag == self.tag)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.tag.hash(&mut hasher);
        hasher.finish()
    }
}

/// The core's tags.
pub(crate) fn tags_of(tags: &[PyRef<'_, PyTag>]) -> Vec<Tag> {
    tags.iter().map(|tag| tag.tag.clone()).collect()
}

/// The table of three names.
pub(crate) fn named(database: &str, schema: &str, table: &str) -> Table {
    Table::new(table).in_database(database).in_schema(schema)
}

/// The kind of a principal.
pub(crate) fn principal_kind(py: Python<'_>, kind: &str) -> PyResult<PrincipalKind> {
    match kind {
        "session" => Ok(PrincipalKind::Session),
        "tenant" => Ok(PrincipalKind::Tenant),
        "user" => Ok(PrincipalKind::User),
        _ => Err(errors::declaration(
            py,
            format!("wanted a principal of kind session, tenant or user, found: {kind}"),
        )),
    }
}

fn principal(kind: &str, value: &Bound<'_, PyAny>) -> PyResult<(PrincipalKind, Part)> {
    Ok((principal_kind(value.py(), kind)?, column_value(value, kind)?))
}

fn column_value(value: &Bound<'_, PyAny>, what: &str) -> PyResult<Part> {
    match part_of(value)? {
        FromPython::Part(part) if !matches!(part, Part::Bytes(_)) => Ok(part),
        FromPython::TooWide => Err(errors::key_field(
            value.py(),
            format!("{what}: wanted an integer of at most 128 bits, found: a longer one"),
        )),
        _ => {
            let found = value.get_type().qualname()?;
            Err(errors::key_field(
                value.py(),
                format!("{what}: wanted int, str, bool, UUID, date or None, found: {found}"),
            ))
        }
    }
}
