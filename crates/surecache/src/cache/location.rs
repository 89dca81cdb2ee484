//! Where a store is: the grammar of locations.
//!
//! `memory://name`, `embedded://`, `embedded:///folder`, `redis://host`, `rediss://host`,
//! `unix:///socket`.

#[cfg(feature = "embedded")]
use std::path::PathBuf;

use super::config::Config;
use crate::base::Error;
use crate::base::sync::Arc;
#[cfg(feature = "embedded")]
use crate::store::{Embedded, EmbeddedOptions};
use crate::store::{Memory, Store};
#[cfg(feature = "redis")]
use crate::store::{Redis, RedisOptions};

/// Where a store is, and what it is opened with. Nothing is opened yet.
#[derive(Debug)]
pub(super) enum Place {
    #[cfg(feature = "embedded")]
    Embedded {
        /// `None` for the folder of the user and namespace.
        folder: Option<PathBuf>,
        options: EmbeddedOptions,
    },
    Memory {
        name: String,
    },
    #[cfg(feature = "redis")]
    Redis(Box<RedisOptions>),
}

/// Reads a location, with the settings that go with it.
///
/// # Errors
/// Misuse for a location that is none or that this build has no store for, and for a setting that
/// makes no sense with it.
pub(super) fn read(location: &str, config: &Config) -> Result<Place, Error> {
    let Some((scheme, rest)) = location.split_once("://") else {
        return Err(unknown(location));
    };
    match scheme {
        "embedded" => {
            refuse_of_servers(location, config)?;
            embedded(rest, location, config)
        }
        "memory" => {
            refuse_of_servers(location, config)?;
            memory(rest, location)
        }
        "redis" | "redis+sentinel" | "rediss" | "rediss+sentinel" | "unix" => {
            redis(location, config)
        }
        _ => Err(unknown(location)),
    }
}

impl Place {
    /// Opens the store.
    ///
    /// # Errors
    /// `Unavailable` where it cannot be opened; misuse where what is there was made with other
    /// settings.
    pub(super) fn open(self, config: &Config) -> Result<Arc<dyn Store>, Error> {
        let (namespace, clock) = (&config.namespace, Arc::clone(&config.clock));
        Ok(match self {
            #[cfg(feature = "embedded")]
            Self::Embedded { folder, options } => {
                let folder = folder.map_or_else(|| Embedded::default_folder(namespace), Ok)?;
                Arc::new(Embedded::open(&folder, namespace, &options, clock)?)
            }
            Self::Memory { name } => Arc::new(match config.map_bytes {
                None => Memory::named(&name, namespace, clock),
                Some(bytes) => Memory::named_with_capacity(&name, namespace, clock, bytes)?,
            }),
            #[cfg(feature = "redis")]
            Self::Redis(options) => Arc::new(Redis::open(*options, namespace, clock)?),
        })
    }
}

/// What only a server has makes no sense elsewhere.
fn refuse_of_servers(location: &str, config: &Config) -> Result<(), Error> {
    match config.of_servers().first() {
        None => Ok(()),
        Some(name) => Err(Error::misuse(format!(
            "wanted {name} with the location of a server, found it with: {}",
            shown(location)
        ))),
    }
}

fn memory(name: &str, location: &str) -> Result<Place, Error> {
    if name.contains(['/', '?', '#']) {
        return Err(Error::misuse(format!("wanted memory://name, found: {}", shown(location))));
    }
    Ok(Place::Memory { name: name.to_owned() })
}

#[cfg(feature = "embedded")]
fn embedded(path: &str, location: &str, config: &Config) -> Result<Place, Error> {
    let folder = match path {
        "" => None,
        path if path.starts_with('/') && path.len() > 1 && !path.contains(['?', '#']) => {
            Some(PathBuf::from(path))
        }
        _ => {
            return Err(Error::misuse(format!(
                "wanted embedded:// or embedded:///an/absolute/folder, found: {}",
                shown(location)
            )));
        }
    };
    let mut options = EmbeddedOptions::default();
    if let Some(bytes) = config.map_bytes {
        options = options.with_map_bytes(bytes);
    }
    options.check()?;
    Ok(Place::Embedded { folder, options })
}

#[cfg(not(feature = "embedded"))]
fn embedded(_path: &str, location: &str, _config: &Config) -> Result<Place, Error> {
    Err(Error::misuse(format!("wanted a store of this build, found: {}", shown(location)))
        .with_hint("build with the feature embedded"))
}

#[cfg(feature = "redis")]
fn redis(location: &str, config: &Config) -> Result<Place, Error> {
    let mut options = RedisOptions::parse(location)?;
    if config.map_bytes.is_some() {
        let message = "wanted map_bytes with the embedded or the memory store";
        return Err(Error::misuse(format!("{message}, found it with: {}", shown(location)))
            .with_hint("set maxmemory on the server"));
    }
    if let Some(timeout) = config.connect_timeout {
        options = options.with_connect_timeout(timeout)?;
    }
    if let Some(timeout) = config.timeout {
        options = options.with_timeout(timeout)?;
    }
    if let Some(connections) = config.max_connections {
        options = options.with_max_connections(connections)?;
    }
    if let Some(path) = &config.tls_ca_file {
        options = options.with_tls_ca_file(path)?;
    }
    if let Some((certificate, key)) = &config.tls_identity {
        options = options.with_tls_identity(certificate, key)?;
    }
    Ok(Place::Redis(Box::new(options)))
}

#[cfg(not(feature = "redis"))]
fn redis(location: &str, _config: &Config) -> Result<Place, Error> {
    Err(Error::misuse(format!("wanted a store of this build, found: {}", shown(location)))
        .with_hint("build with the feature redis"))
}

fn unknown(location: &str) -> Error {
    let wanted = "memory://name, embedded://, embedded:///folder, redis://host, rediss://host, \
                  redis+sentinel://host/service, rediss+sentinel://host/service or \
                  unix:///socket";
    Error::misuse(format!("wanted a location {wanted}, found: {}", shown(location)))
}

/// A location without the passwords it may carry, before the host or in its query.
fn shown(location: &str) -> String {
    let location = location.split('?').next().unwrap_or_default();
    match (location.find("://"), location.rfind('@')) {
        (Some(start), Some(end)) if start + 3 < end => {
            format!("{}://...{}", &location[..start], &location[end..])
        }
        (None, Some(end)) => format!("...{}", &location[end..]),
        _ => location.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_of_an_unknown_location_is_told() {
        let of_user = ("http://user:secret@host/0", "http://...@host/0");
        let of_query = ("http://host/0?password=secret", "http://host/0");
        for (location, told) in [of_user, of_query, ("user:secret@host", "...@host")] {
            let text = unknown(location).to_string();
            assert!(text.contains(&format!("found: {told}")), "{text}");
            assert!(!text.contains("secret"), "{text}");
        }
    }
}
