//! The extension module `surecache._core`: converts, maps errors, decides nothing.

mod arguments;
mod cache_base;
mod codec;
mod collections;
mod compressors;
mod config;
mod detached;
mod engine;
mod errors;
mod events;
mod fault;
mod form;
mod held;
mod key;
mod load;
mod lock;
mod many;
mod pages;
mod parts;
mod pickle;
mod plain;
mod region;
mod statistics;
mod tag;
mod taking;
mod timeout;
mod value;
mod walk;
mod wire;

use pyo3::prelude::*;

use crate::compressors::{compress, inflate};
use crate::pages::escape_glob;
use crate::parts::server_parts;

#[pymodule]
#[pyo3(name = "_core")]
mod core {
    #[pymodule_export]
    use super::cache_base::CacheBase;
    #[pymodule_export]
    use super::config::PyConfig;
    #[pymodule_export]
    use super::engine::Engine;
    #[pymodule_export]
    use super::held::PyHold;
    #[pymodule_export]
    use super::key::KeyFields;
    #[pymodule_export]
    use super::load::PyLoad;
    #[pymodule_export]
    use super::lock::PyLockCall;
    #[pymodule_export]
    use super::region::PyRegion;
    #[pymodule_export]
    use super::tag::PyTag;
    #[pymodule_export]
    use super::taking::PyTaking;
    #[pymodule_export]
    use super::walk::PyWalk;
    #[pymodule_export]
    use super::wire::PyWire;
    #[pymodule_export]
    use super::{compress, dumps, escape_glob, fork_generation, inflate, loads, server_parts};
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

/// How many forks lie between the first process and this one.
#[pyfunction]
fn fork_generation() -> u64 {
    surecache::driver::fork_generation()
}
