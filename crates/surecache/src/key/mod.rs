//! Keys, scopes and tags, and their one canonical encoding.
//!
//! The encoding is injective: two different lists of parts never give the same bytes. It is
//! described byte by byte in `docs/reference/keys.md`. Nothing here reads or writes a store.

mod encode;
mod entry_key;
mod fields;
mod glob;
mod key_field;
mod lock_name;
mod namespace;
mod part;
mod scope;
mod show;
mod tag;
mod tag_list;

pub use encode::{CacheKey, KeyBytes, KeyWriter};
pub use entry_key::{EntryClass, EntryKey};
pub use fields::{Field, FieldKind};
pub use glob::Glob;
pub use key_field::KeyField;
pub use lock_name::{LockClass, LockName};
pub use namespace::Namespace;
pub use part::Part;
pub use scope::{Principal, PrincipalKind, Scope};
pub(crate) use tag::RowsOf;
pub use tag::{Table, Tag, TagId};
pub(crate) use tag_list::{TagList, TagSlot, TagsByKey};
