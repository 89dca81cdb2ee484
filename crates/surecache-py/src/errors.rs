//! The one way from an error to an exception. The classes live in `surecache.errors`.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyModule, PyString};
use surecache::ErrorKind;
use surecache::driver::Kind;

/// `ValueNotSupported` with a text; `Err` is what Python raised instead.
pub(crate) fn value_not_supported(py: Python<'_>, text: String) -> PyResult<PyErr> {
    exception(py, "ValueNotSupported", text)
}

/// `KeyFieldError` with a text.
pub(crate) fn key_field(py: Python<'_>, text: String) -> PyErr {
    exception(py, "KeyFieldError", text).unwrap_or_else(|error| error)
}

/// `DeclarationError` with a text.
pub(crate) fn declaration(py: Python<'_>, text: String) -> PyErr {
    exception(py, "DeclarationError", text).unwrap_or_else(|error| error)
}

/// `Corrupt` with a text.
pub(crate) fn corrupt(py: Python<'_>, text: String) -> PyResult<PyErr> {
    exception(py, "Corrupt", text)
}

/// The exception for a value of a type that the codec does not take; the words and the hint are
/// chosen in Python, which knows the types that people bring.
pub(crate) fn unsupported_type(
    py: Python<'_>,
    path: &str,
    value: &Bound<'_, PyAny>,
) -> PyResult<PyErr> {
    static REFUSAL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let refusal = REFUSAL.import(py, "surecache._hints", "unsupported")?;
    Ok(PyErr::from_value(refusal.call1((path, value))?))
}

/// The exception for an error of the core.
pub(crate) fn of_core(py: Python<'_>, error: &surecache::Error) -> PyErr {
    let name = match error.kind() {
        ErrorKind::Corrupt => "Corrupt",
        ErrorKind::LockLost => "LockLost",
        ErrorKind::Timeout => "LoadTimeout",
        ErrorKind::Unavailable => "Unavailable",
        ErrorKind::WrongKind => "WrongKind",
        // Misuse, and whatever kind a later core adds.
        _ => "Misuse",
    };
    exception(py, name, error.to_string()).unwrap_or_else(|error| error)
}

/// Whether an exception says that the store was not reached.
pub(crate) fn is_unavailable(py: Python<'_>, error: &PyErr) -> bool {
    class(py, "Unavailable").is_ok_and(|class| error.is_instance(py, &class))
}

/// `Misuse` with a text.
pub(crate) fn misuse(py: Python<'_>, text: String) -> PyErr {
    exception(py, "Misuse", text).unwrap_or_else(|error| error)
}

/// `WrongKind` for a payload of a collection where a plain value was asked for.
pub(crate) fn is_collection(py: Python<'_>, payload: &[u8]) -> PyErr {
    match Kind::of_payload(payload) {
        Some(kind) => of_core(py, &surecache::Error::wrong_kind("a plain value", kind)),
        None => corrupt_now(py, "wanted a collection of a known kind, found another".to_owned()),
    }
}

/// `LoadTimeout` with a text.
pub(crate) fn load_timeout(py: Python<'_>, text: String) -> PyErr {
    exception(py, "LoadTimeout", text).unwrap_or_else(|error| error)
}

/// `Corrupt` with a text, to be raised now.
pub(crate) fn corrupt_now(py: Python<'_>, text: String) -> PyErr {
    exception(py, "Corrupt", text).unwrap_or_else(|error| error)
}

/// A read that loads nothing was asked to load.
pub(crate) fn no_loader(py: Python<'_>) -> PyErr {
    misuse(py, "wanted a loader, found: none".to_owned())
}

fn exception(py: Python<'_>, name: &str, text: String) -> PyResult<PyErr> {
    Ok(PyErr::from_value(class(py, name)?.call1((text,))?))
}

fn class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let module = MODULE.get_or_try_init(py, || {
        PyResult::Ok(py.import(intern!(py, "surecache.errors"))?.unbind())
    })?;
    module.bind(py).getattr(PyString::new(py, name))
}
