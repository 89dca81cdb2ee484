//! The settings of a cache.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

#[cfg(feature = "compress")]
use crate::base::Error;
use crate::base::sync::Arc;
use crate::base::{Clock, SystemClock};
#[cfg(feature = "compress")]
use crate::entry::{Compression, Compressor};

/// The settings of a cache, beside its location.
///
/// Default: the machine's clock, no secret (refused by `open`), store options as in the reference.
#[derive(Clone)]
pub struct Config {
    pub(super) namespace: String,
    pub(super) secrets: Vec<Vec<u8>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) map_bytes: Option<u64>,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) timeout: Option<Duration>,
    pub(super) max_connections: Option<usize>,
    pub(super) tls_ca_file: Option<PathBuf>,
    pub(super) tls_identity: Option<(PathBuf, PathBuf)>,
    #[cfg(feature = "compress")]
    compressor: Option<Compressor>,
    #[cfg(feature = "compress")]
    compress_above: Option<usize>,
}

impl Config {
    /// The settings of a namespace: one for each environment (`prod`, `staging`) that shares a
    /// store.
    pub fn new(namespace: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            secrets: Vec::new(),
            clock: Arc::new(SystemClock),
            map_bytes: None,
            connect_timeout: None,
            timeout: None,
            max_connections: None,
            tls_ca_file: None,
            tls_identity: None,
            #[cfg(feature = "compress")]
            compressor: None,
            #[cfg(feature = "compress")]
            compress_above: None,
        }
    }

    /// Adds a secret that entries are sealed with. The first one seals, all open: add the new one
    /// first and keep the old one for as long as its entries live.
    #[must_use]
    pub fn with_secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.secrets.push(secret.as_ref().to_vec());
        self
    }

    /// Takes another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The size of the embedded store's map, or the most that the memory store keeps, in bytes.
    #[must_use]
    pub fn with_map_bytes(mut self, map_bytes: u64) -> Self {
        self.map_bytes = Some(map_bytes);
        self
    }

    /// How long each step of making a connection to a server may take. Default: 0.25 s.
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// How long a command may keep its caller waiting for a server. Default: 0.25 s.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The most connections to a server that a process has open for callers. Default: 64.
    #[must_use]
    pub fn with_max_connections(mut self, connections: usize) -> Self {
        self.max_connections = Some(connections);
        self
    }

    /// The authorities that sign certificates of servers, as a file in PEM, for a location with
    /// TLS (`rediss://`). Default: those that the system trusts.
    #[must_use]
    pub fn with_tls_ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.tls_ca_file = Some(path.into());
        self
    }

    /// A certificate that a server may ask for, and its key, as files in PEM, for a location with
    /// TLS. Default: none.
    #[must_use]
    pub fn with_tls_identity(
        mut self,
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        self.tls_identity = Some((certificate.into(), key.into()));
        self
    }

    /// Compresses values before they are sealed, where that makes them smaller. Default: none
    /// are. Values that were compressed are read in any case, so this can be changed at any time.
    #[cfg(feature = "compress")]
    #[must_use]
    pub fn with_compressor(mut self, compressor: Compressor) -> Self {
        self.compressor = Some(compressor);
        self
    }

    /// Leaves values of up to so many encoded bytes as they are. Default: 1024.
    #[cfg(feature = "compress")]
    #[must_use]
    pub fn with_compress_above(mut self, bytes: usize) -> Self {
        self.compress_above = Some(bytes);
        self
    }

    /// What is compressed.
    #[cfg(feature = "compress")]
    pub(super) fn compression(&self) -> Result<Option<Compression>, Error> {
        match (self.compressor, self.compress_above) {
            (None, Some(bytes)) => Err(Error::misuse(format!(
                "wanted a compressor for what is to be compressed, found compress_above alone: \
                 {bytes}"
            ))),
            (None, None) => Ok(None),
            (Some(compressor), above) => {
                let above_bytes = above.unwrap_or(Compression::ABOVE_BYTES);
                Ok(Some(Compression { compressor, above_bytes }))
            }
        }
    }

    /// The names of the settings that only servers have, those that are set.
    pub(super) fn of_servers(&self) -> Vec<&'static str> {
        let set = [
            ("connect_timeout", self.connect_timeout.is_some()),
            ("timeout", self.timeout.is_some()),
            ("max_connections", self.max_connections.is_some()),
            ("tls_ca_file", self.tls_ca_file.is_some()),
            ("tls_cert_file", self.tls_identity.is_some()),
        ];
        set.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name).collect()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Config");
        #[cfg(feature = "compress")]
        shown.field("compressor", &self.compressor).field("compress_above", &self.compress_above);
        shown
            .field("namespace", &self.namespace)
            .field("secrets", &self.secrets.len())
            .field("map_bytes", &self.map_bytes)
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .field("max_connections", &self.max_connections)
            .field("tls_ca_file", &self.tls_ca_file)
            .field("tls_identity", &self.tls_identity)
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "compress"))]
mod tests {
    use super::*;

    #[test]
    fn a_size_to_compress_above_takes_a_compressor() {
        let above = Config::new("tests").with_compress_above(7);
        assert!(above.compression().unwrap_err().to_string().ends_with("alone: 7"));
        let zstd = Config::new("tests").with_compressor(Compressor::Zstd);
        assert_eq!(zstd.compression().unwrap().unwrap().above_bytes, 1024);
        let zstd = zstd.with_compress_above(7);
        assert_eq!(zstd.compression().unwrap().unwrap().above_bytes, 7);
        assert_eq!(Config::new("tests").compression().unwrap(), None);
    }
}
