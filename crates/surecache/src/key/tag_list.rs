//! The tags of an answer: listed, or made of its key when somebody asks for them. A hit needs their
//! ids only.

use std::sync::Arc;

use super::namespace::Namespace;
use super::part::Part;
use super::scope::PrincipalKind;
use super::tag::{RowsOf, Tag, TagId, write_principal, write_rights};

/// The tags of an answer, in order, each once.
#[derive(Clone, Debug)]
pub(crate) enum TagList {
    /// Those that a key's parts make.
    ByKey(Arc<TagsByKey>, Vec<Part>),
    /// These.
    Listed(Vec<Tag>),
}

impl TagList {
    pub(crate) fn to_vec(&self) -> Vec<Tag> {
        match self {
            Self::ByKey(tags, parts) => tags.tags(parts),
            Self::Listed(tags) => tags.clone(),
        }
    }
}

/// What the tags of a region's answers are, for every key.
#[derive(Debug)]
pub(crate) struct TagsByKey(Vec<TagSlot>);

/// One tag of an answer. A principal's value, and those of rows, are parts of the key, by index; an
/// index that no part has is NULL.
#[derive(Debug)]
pub(crate) enum TagSlot {
    Fixed(Tag, TagId),
    Principal(PrincipalKind, usize),
    Rights(PrincipalKind, usize),
    Rows(RowsOf),
}

impl TagsByKey {
    pub(crate) fn new(slots: Vec<TagSlot>) -> Self {
        Self(slots)
    }

    /// The names of the tags of a key. `scratch` is overwritten.
    pub(crate) fn ids(
        &self,
        namespace: &Namespace,
        parts: &[Part],
        scratch: &mut Vec<u8>,
    ) -> Vec<TagId> {
        let mut ids = Vec::with_capacity(self.0.len());
        for slot in &self.0 {
            let id = match slot {
                TagSlot::Fixed(_, id) => *id,
                slot => {
                    scratch.clear();
                    slot.write_to(parts, scratch);
                    namespace.id_of(scratch)
                }
            };
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    fn tags(&self, parts: &[Part]) -> Vec<Tag> {
        let mut tags = Vec::with_capacity(self.0.len());
        for slot in &self.0 {
            let tag = match slot {
                TagSlot::Fixed(tag, _) => tag.clone(),
                slot => {
                    let mut bytes = Vec::new();
                    slot.write_to(parts, &mut bytes);
                    Tag::from_bytes(bytes)
                }
            };
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        tags
    }
}

impl TagSlot {
    fn write_to(&self, parts: &[Part], out: &mut Vec<u8>) {
        let part = |index: &usize| parts.get(*index).unwrap_or(&Part::Null);
        match self {
            Self::Fixed(tag, _) => out.extend_from_slice(tag.as_bytes()),
            Self::Principal(kind, index) => write_principal(*kind, part(index), out),
            Self::Rights(kind, index) => write_rights(*kind, part(index), out),
            Self::Rows(rows) => rows.write_to(parts, out),
        }
    }
}
