//! The timeout of a value, wherever a caller gives one.

use std::time::Duration;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDelta;

use crate::arguments::seconds;

/// A timeout in seconds; `None` is never. What is no number is a `TypeError` that says what was
/// wanted, and names the type that was found: the value may be a secret, where arguments were mixed
/// up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeout(Option<f64>);

impl Timeout {
    /// The time to live; the outer `None` for one that is over at once.
    pub(crate) fn ttl(self, py: Python<'_>) -> PyResult<Option<Option<Duration>>> {
        match self.0 {
            None => Ok(Some(None)),
            Some(timeout) if timeout <= 0.0 => Ok(None),
            Some(timeout) => Ok(Some(Some(seconds(py, "a timeout", timeout)?))),
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for Timeout {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        given.extract().map(Self).map_err(|error: PyErr| {
            let py = given.py();
            if error.is_instance_of::<PyTypeError>(py) { refused(given) } else { error }
        })
    }
}

fn refused(given: Borrowed<'_, '_, PyAny>) -> PyErr {
    let found = given.get_type().name().map(|name| name.to_string()).unwrap_or_default();
    let hint =
        if given.is_instance_of::<PyDelta>() { "\nhint: give its total_seconds()" } else { "" };
    let text = format!("timeout: wanted seconds as int or float, or None, found: {found}{hint}");
    PyTypeError::new_err(text)
}
