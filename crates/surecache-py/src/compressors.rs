//! The compressors by name: for whoever looks into a store, and for the tests that hold them
//! against Python's own.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use surecache::driver::NotInflated;
use surecache::{Compressor, Error};

use crate::detached::detached;
use crate::errors;

/// One whole frame that holds the bytes.
#[pyfunction]
pub(crate) fn compress<'py>(
    py: Python<'py>,
    compressor: &str,
    data: &[u8],
) -> PyResult<Bound<'py, PyBytes>> {
    let compressor = named(py, compressor)?;
    let frame = detached(py, || compressor.compress(data));
    frame.map(|frame| PyBytes::new(py, &frame)).map_err(|error| errors::of_core(py, &error))
}

/// What one whole frame holds, at most `most_bytes`.
#[pyfunction]
pub(crate) fn inflate<'py>(
    py: Python<'py>,
    compressor: &str,
    frame: &[u8],
    most_bytes: usize,
) -> PyResult<Bound<'py, PyBytes>> {
    let compressor = named(py, compressor)?;
    let inflated = detached(py, || compressor.inflate(frame, most_bytes));
    inflated.map(|data| PyBytes::new(py, &data)).map_err(|why| {
        let wanted = match why {
            NotInflated::TooLarge => format!("a frame of at most {most_bytes} bytes"),
            _ => format!("one whole frame of {}", compressor.name()),
        };
        let found = frame.len();
        errors::of_core(py, &Error::corrupt(format!("wanted {wanted}, found bytes: {found}")))
    })
}

/// The compressor with a name.
///
/// # Errors
/// Misuse for a name that is none.
pub(crate) fn named(py: Python<'_>, name: &str) -> PyResult<Compressor> {
    Compressor::named(name).ok_or_else(|| {
        let names = Compressor::ALL.map(Compressor::name).join(", ");
        errors::misuse(py, format!("a compressor: wanted {names}, found: {name}"))
    })
}
