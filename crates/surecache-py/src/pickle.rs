//! Values of plain keys: numbers, texts and bytes as they are, all else through Python's pickle.
//!
//! Bytes come here only after their seal was verified: nobody without the secret chose them.

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyInt, PyString};
use surecache::driver::Codec;

use crate::errors;

/// Codec and bytes of a value.
///
/// # Errors
/// What pickle raises.
pub(crate) fn encode(value: &Bound<'_, PyAny>) -> PyResult<(Codec, Vec<u8>)> {
    if value.is_exact_instance_of::<PyInt>()
        && let Ok(number) = value.extract::<i64>()
    {
        return Ok((Codec::Integer, number.to_string().into_bytes()));
    }
    if let Ok(bytes) = value.cast_exact::<PyBytes>() {
        return Ok((Codec::Raw, bytes.as_bytes().to_vec()));
    }
    // One that is no UTF-8 has lone surrogates, which pickle keeps.
    if let Ok(text) = value.cast_exact::<PyString>()
        && let Ok(text) = text.to_str()
    {
        return Ok((Codec::Text, text.as_bytes().to_vec()));
    }
    Ok((Codec::Pickle, dumps(value)?))
}

/// The pickle of a value.
///
/// # Errors
/// What pickle raises.
pub(crate) fn dumps(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    static DUMPS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let dumped = DUMPS.import(value.py(), "pickle", "dumps")?.call1((value, PROTOCOL))?;
    Ok(dumped.cast::<PyBytes>()?.as_bytes().to_vec())
}

/// The value in bytes; `None` where they cannot be decoded here: a class that is gone, a codec of
/// another release.
///
/// # Errors
/// What is no `Exception`; `WrongKind` for a collection.
pub(crate) fn decode<'py>(
    py: Python<'py>,
    codec: Codec,
    payload: &[u8],
) -> PyResult<Option<Bound<'py, PyAny>>> {
    match codec {
        Codec::Integer => {
            let number: Option<i64> =
                std::str::from_utf8(payload).ok().and_then(|n| n.parse().ok());
            number.map(|number| Ok(number.into_pyobject(py)?.into_any())).transpose()
        }
        Codec::Raw => Ok(Some(PyBytes::new(py, payload).into_any())),
        Codec::Text => absent_if_exception(py, PyString::from_bytes(py, payload))
            .map(|text| text.map(Bound::into_any)),
        Codec::Pickle => {
            static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
            let loads = LOADS.import(py, "pickle", "loads")?;
            absent_if_exception(py, loads.call1((PyBytes::new(py, payload),)))
        }
        Codec::Collection => Err(errors::is_collection(py, payload)),
        _ => Ok(None),
    }
}

/// The result, where an `Exception` counts as nothing.
///
/// # Errors
/// What is no `Exception`: an interrupt, an exit.
pub(crate) fn absent_if_exception<T>(py: Python<'_>, result: PyResult<T>) -> PyResult<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_instance_of::<PyException>(py) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The highest that every supported interpreter reads.
const PROTOCOL: u8 = 5;
