//! Keys: from keyword arguments to the typed parts of the core.
//!
//! Types are matched exactly. Nothing is converted on the way: `"42"` and `42` are two keys, and
//! which one is meant only the caller knows.

mod fields;
mod part;
mod plain;

pub(crate) use fields::KeyFields;
pub(crate) use part::{FromPython, part_of};
pub(crate) use plain::{DjangoNaming, Naming, is_django_s_function, prefix, version};
