//! Pages of walks through plain keys, as Python has them: names, and where the walk goes on.

use std::num::NonZeroU32;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};
use surecache::driver::PlainCursor;
use surecache::stores::Glob;

/// Which page of which walk.
pub(crate) struct Page {
    pub(crate) glob: Glob,
    pub(crate) cursor: Vec<u8>,
    pub(crate) count: NonZeroU32,
}

impl Page {
    pub(crate) fn new(pattern: &str, cursor: &[u8], count: NonZeroU32) -> Self {
        Self { glob: Glob::new(pattern.as_bytes()), cursor: cursor.to_vec(), count }
    }
}

/// The names of a page, without those that are no text: another program made them.
pub(crate) fn names<'py>(
    py: Python<'py>,
    keys: &[Vec<u8>],
    cursor: PlainCursor,
) -> PyResult<Bound<'py, PyTuple>> {
    let names = PyList::new(py, keys.iter().filter_map(|key| std::str::from_utf8(key).ok()))?;
    (names, cursor_of(py, cursor)).into_pyobject(py)
}

/// How many values of a page there were.
pub(crate) fn deleted(
    py: Python<'_>,
    count: usize,
    cursor: PlainCursor,
) -> PyResult<Bound<'_, PyTuple>> {
    (count, cursor_of(py, cursor)).into_pyobject(py)
}

/// A text as a pattern that only itself matches.
#[pyfunction]
pub(crate) fn escape_glob(text: &str) -> String {
    // Whole characters are escaped, and a backslash is one.
    String::from_utf8_lossy(&Glob::escape(text.as_bytes())).into_owned()
}

fn cursor_of(py: Python<'_>, cursor: PlainCursor) -> Option<Bound<'_, PyBytes>> {
    cursor.map(|cursor| PyBytes::new(py, &cursor))
}
