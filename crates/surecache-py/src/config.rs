//! Where a cache is and what it is opened with, looked at before it is opened.

use std::path::PathBuf;

use pyo3::prelude::*;
use surecache::driver::Core;
use surecache::{Config, Error};

use crate::arguments::seconds;
use crate::compressors;
use crate::errors;

/// A location and its settings, which make sense together.
#[pyclass(frozen, name = "Config", module = "surecache._core")]
pub(crate) struct PyConfig {
    location: String,
    config: Config,
}

#[pymethods]
impl PyConfig {
    #[new]
    #[pyo3(signature = (
        location, *, namespace, secrets, map_bytes=None, connect_timeout=None, timeout=None,
        max_connections=None, tls_ca_file=None, tls_identity=None, compressor=None,
        compress_above=None
    ))]
    #[expect(clippy::too_many_arguments, reason = "keywords of a constructor")]
    fn new(
        py: Python<'_>,
        location: String,
        namespace: &str,
        secrets: Vec<Vec<u8>>,
        map_bytes: Option<u64>,
        connect_timeout: Option<f64>,
        timeout: Option<f64>,
        max_connections: Option<usize>,
        tls_ca_file: Option<PathBuf>,
        tls_identity: Option<(PathBuf, PathBuf)>,
        compressor: Option<&str>,
        compress_above: Option<usize>,
    ) -> PyResult<Self> {
        let mut config = Config::new(namespace);
        for secret in secrets {
            config = config.with_secret(secret);
        }
        if let Some(map_bytes) = map_bytes {
            config = config.with_map_bytes(map_bytes);
        }
        if let Some(timeout) = connect_timeout {
            config = config.with_connect_timeout(seconds(py, "connect_timeout", timeout)?);
        }
        if let Some(timeout) = timeout {
            config = config.with_timeout(seconds(py, "timeout", timeout)?);
        }
        if let Some(connections) = max_connections {
            config = config.with_max_connections(connections);
        }
        if let Some(path) = tls_ca_file {
            config = config.with_tls_ca_file(path);
        }
        if let Some((certificate, key)) = tls_identity {
            config = config.with_tls_identity(certificate, key);
        }
        if let Some(compressor) = compressor {
            config = config.with_compressor(compressors::named(py, compressor)?);
        }
        if let Some(bytes) = compress_above {
            config = config.with_compress_above(bytes);
        }
        Core::check(&location, &config).map_err(|error| errors::of_core(py, &error))?;
        Ok(Self { location, config })
    }
}

impl PyConfig {
    pub(crate) fn open(&self) -> Result<Core, Error> {
        Core::open(&self.location, &self.config)
    }
}
