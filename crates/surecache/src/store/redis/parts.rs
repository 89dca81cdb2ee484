//! What a location says, for clients of other makers that are to reach the same server.

use std::fmt;
use std::time::Duration;

use super::options::{Place, RedisOptions};
use crate::store::Address;

/// The parts of a location, with the time-outs that go for it.
#[derive(Clone)]
pub struct RedisParts {
    /// The server, or the sentinels that know it.
    pub servers: Vec<Address>,
    /// What the sentinels call it.
    pub service: Option<String>,
    /// Who connects.
    pub username: Option<String>,
    /// With which password.
    pub password: Option<String>,
    /// The number of the database.
    pub database: u32,
    /// Whether it is reached over TLS.
    pub is_secured: bool,
    /// See [`RedisOptions::with_connect_timeout`].
    pub connect_timeout: Duration,
    /// See [`RedisOptions::with_timeout`].
    pub timeout: Duration,
}

impl RedisOptions {
    /// What they say about the server.
    pub fn parts(&self) -> RedisParts {
        let (servers, service) = match &self.place {
            Place::At(address) => (vec![address.clone()], None),
            Place::Service { name, sentinels, .. } => (sentinels.clone(), Some(name.clone())),
        };
        RedisParts {
            servers,
            service,
            username: self.username.clone(),
            password: self.password.clone(),
            database: self.database,
            is_secured: self.tls.is_some(),
            connect_timeout: self.connect_timeout,
            timeout: self.timeout,
        }
    }
}

impl fmt::Debug for RedisParts {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisParts")
            .field("servers", &self.servers)
            .field("service", &self.service)
            .field("username", &self.username)
            .field("database", &self.database)
            .field("is_secured", &self.is_secured)
            .finish_non_exhaustive()
    }
}
