//! Arguments that several classes take.

use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyString};

use crate::errors;

pub(crate) fn strings<'py>(keys: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyString>>> {
    let keys = PyIterator::from_object(keys)?;
    keys.map(|key| Ok(key?.cast_into::<PyString>()?)).collect()
}

pub(crate) fn bytes_of(keys: &[Bound<'_, PyString>]) -> PyResult<Vec<Vec<u8>>> {
    keys.iter().map(|key| Ok(key.to_str()?.as_bytes().to_vec())).collect()
}

/// Seconds as a duration.
pub(crate) fn seconds(py: Python<'_>, what: &str, seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(|_| {
        let text = format!("wanted {what} in seconds, found: {seconds}");
        errors::misuse(py, text)
    })
}
