//! The extension module `surecache._core`: converts, maps errors, decides nothing.

mod codec;
mod errors;
mod key;

use pyo3::prelude::*;

#[pymodule]
#[pyo3(name = "_core")]
mod core {
    #[pymodule_export]
    use super::key::KeyFields;
    #[pymodule_export]
    use super::{dumps, loads};
}

/// The bytes of a value in the safe codec.
#[pyfunction]
fn dumps(py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    codec::encode(value).map_err(|refusal| refusal.into_py_err(py))
}

/// The value in bytes of the safe codec.
#[pyfunction]
fn loads<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    codec::decode(py, data)
}
