//! What a location says, for a client of another maker.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use surecache::stores::{Address, RedisOptions};

use crate::errors;

/// The parts of a server's location, and the time-outs that go where none are set.
#[pyfunction]
pub(crate) fn server_parts<'py>(py: Python<'py>, location: &str) -> PyResult<Bound<'py, PyDict>> {
    let options = RedisOptions::parse(location).map_err(|error| errors::of_core(py, &error))?;
    let said = options.parts();
    let server = |address: Address| match address {
        Address::Tcp { host, port } => Ok((host, Some(port)).into_pyobject(py)?),
        Address::Unix(path) => Ok((path.into_os_string(), None::<u16>).into_pyobject(py)?),
        other => Err(errors::misuse(py, format!("wanted an address, found: {other}"))),
    };
    let servers = said.servers.into_iter().map(server).collect::<PyResult<Vec<_>>>()?;
    let parts = PyDict::new(py);
    parts.set_item("servers", servers)?;
    parts.set_item("service", said.service)?;
    parts.set_item("username", said.username)?;
    parts.set_item("password", said.password)?;
    parts.set_item("database", said.database)?;
    parts.set_item("tls", said.is_secured)?;
    parts.set_item("connect_timeout", said.connect_timeout.as_secs_f64())?;
    parts.set_item("timeout", said.timeout.as_secs_f64())?;
    Ok(parts)
}
