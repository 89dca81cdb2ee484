//! The list of what an answer depends on, as a declaration fills it.

use crate::key::{Part, Table, Tag};

/// What an answer depends on. A row or some rows also depend on the table's overflow tag.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    tags: Vec<Tag>,
    shape: Vec<u8>,
}

impl Tags {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The rows of a table in which a column has a value.
    pub fn row(
        &mut self,
        table: impl Into<Table>,
        column: &str,
        value: impl Into<Part>,
    ) -> &mut Self {
        self.rows(table, &[(column, value.into())])
    }

    /// The rows of a table in which each of the columns has its value.
    pub fn rows(&mut self, table: impl Into<Table>, columns: &[(&str, Part)]) -> &mut Self {
        let table = table.into();
        let mut names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        self.shape_of(b'r', &table, &names);
        self.push(Tag::rows(table.clone(), columns));
        self.push(Tag::table_overflow(table));
        self
    }

    /// A whole table.
    pub fn table(&mut self, table: impl Into<Table>) -> &mut Self {
        let table = table.into();
        self.shape_of(b't', &table, &[]);
        self.push(Tag::table(table));
        self
    }

    /// Something outside the database.
    pub fn named(&mut self, name: &str) -> &mut Self {
        self.shape.push(b'n');
        self.shape_text(name);
        self.push(Tag::named(name));
        self
    }

    pub(super) fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// The dependencies without their values: what the fingerprint takes in.
    pub(super) fn shape(&self) -> &[u8] {
        &self.shape
    }

    fn push(&mut self, tag: Tag) {
        if !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
    }

    fn shape_of(&mut self, kind: u8, table: &Table, columns: &[&str]) {
        self.shape.push(kind);
        let names = [table.database.as_str(), &table.schema, &table.name];
        names.iter().chain(columns).for_each(|name| self.shape_text(name));
    }

    fn shape_text(&mut self, text: &str) {
        self.shape.extend_from_slice(&(text.len() as u64).to_be_bytes());
        self.shape.extend_from_slice(text.as_bytes());
    }
}
