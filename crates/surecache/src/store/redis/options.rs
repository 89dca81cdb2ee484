//! Where a server is, and how long anything that is asked of it may take.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::primary::Primary;
use super::tls::{Session, TlsFiles, Trust};
use super::trouble::Trouble;
use crate::base::Error;
use crate::base::sync::Arc;
use crate::store::{Address, Standing};

/// The settings of a store on a Redis or Valkey server.
///
/// Default: TCP port 6379, database 0, no user; connecting and each command within 0.25 s; at most
/// 64 connections a process.
#[derive(Clone)]
pub struct RedisOptions {
    pub(super) place: Place,
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
    pub(super) database: u32,
    pub(super) client_name: String,
    pub(super) connect_timeout: Duration,
    pub(super) timeout: Duration,
    pub(super) max_connections: usize,
    pub(super) tls: Option<TlsFiles>,
    /// What `tls` says, once it was read.
    trust: Option<Trust>,
}

/// Where the server is, or who knows it.
#[derive(Clone, Debug)]
pub(super) enum Place {
    At(Address),
    /// The primary of a service, as sentinels know it.
    Service {
        name: String,
        sentinels: Vec<Address>,
        primary: Arc<Primary>,
    },
}

impl RedisOptions {
    pub(super) fn at(place: Place) -> Self {
        Self {
            place,
            username: None,
            password: None,
            database: 0,
            client_name: "surecache".to_owned(),
            connect_timeout: TIMEOUT,
            timeout: TIMEOUT,
            max_connections: MAX_CONNECTIONS,
            tls: None,
            trust: None,
        }
    }

    /// How long each step of making a connection may take: finding a name, connecting to one of its
    /// addresses, the first answers. Default: 0.25 s.
    ///
    /// # Errors
    /// Misuse for less than a millisecond or more than a minute.
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Result<Self, Error> {
        self.connect_timeout = within("connect_timeout", timeout)?;
        Ok(self)
    }

    /// How long a command may keep its caller waiting for the first bytes of its reply, and for
    /// each 64 KiB after them. Default: 0.25 s.
    ///
    /// # Errors
    /// Misuse for less than a millisecond or more than a minute.
    pub fn with_timeout(mut self, timeout: Duration) -> Result<Self, Error> {
        self.timeout = within("timeout", timeout)?;
        Ok(self)
    }

    /// The most connections that a process has open for callers; who finds all in use waits.
    /// Default: 64.
    ///
    /// # Errors
    /// Misuse for 0.
    pub fn with_max_connections(mut self, connections: usize) -> Result<Self, Error> {
        if connections == 0 {
            return Err(Error::misuse("wanted max_connections of at least 1, found: 0"));
        }
        self.max_connections = connections;
        Ok(self)
    }

    /// The authorities that sign certificates of servers, as a file in PEM. It is read when the
    /// store is opened. Default: those that the system trusts.
    ///
    /// # Errors
    /// Misuse where the location is none with TLS.
    pub fn with_tls_ca_file(mut self, path: impl Into<PathBuf>) -> Result<Self, Error> {
        self.tls("tls_ca_file")?.ca = Some(path.into());
        Ok(self)
    }

    /// A certificate that the server may ask for, and its key, as files in PEM. They are read when
    /// the store is opened. Default: none.
    ///
    /// # Errors
    /// Misuse where the location is none with TLS.
    pub fn with_tls_identity(
        mut self,
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Result<Self, Error> {
        self.tls("tls_cert_file")?.identity = Some((certificate.into(), key.into()));
        Ok(self)
    }

    /// The name that CLIENT LIST shows. Default: `surecache`.
    ///
    /// # Errors
    /// Misuse where it has a space or a character that is no printable ASCII.
    pub fn with_client_name(mut self, name: impl Into<String>) -> Result<Self, Error> {
        let name = name.into();
        if !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            let message = "wanted a client_name of printable ASCII without spaces";
            return Err(Error::misuse(format!("{message}, found: {name:?}")));
        }
        self.client_name = name;
        Ok(self)
    }

    /// Where the server is. Blocks where sentinels have to be asked.
    ///
    /// # Errors
    /// `Unavailable` where they do not say.
    pub(super) fn server(&self) -> Result<Address, Trouble> {
        match &self.place {
            Place::At(address) => Ok(address.clone()),
            Place::Service { primary, .. } => primary.address(self),
        }
    }

    /// Whether the server at an address is the one that is meant. Never blocks.
    pub(super) fn standing(&self, address: &Address) -> Standing {
        match &self.place {
            Place::At(_) => Standing::Here,
            Place::Service { primary, .. } => primary.standing(address),
        }
    }

    /// With the files read that it names.
    ///
    /// # Errors
    /// Misuse where one is not there, or not what it should be.
    pub(super) fn read_files(mut self) -> Result<Self, Error> {
        self.trust = self.tls.as_ref().map(Trust::read).transpose()?;
        Ok(self)
    }

    /// A session of TLS with a host, where there is to be one.
    ///
    /// # Errors
    /// What is no name.
    pub(super) fn session(&self, host: &str) -> io::Result<Option<Session>> {
        self.trust.as_ref().map(|trust| trust.session(host)).transpose()
    }

    fn tls(&mut self, setting: &str) -> Result<&mut TlsFiles, Error> {
        let place = &self.place;
        self.tls.as_mut().ok_or_else(|| {
            let message = format!("wanted {setting} with a location rediss://");
            Error::misuse(format!("{message}, found it with one without TLS: {place}"))
        })
    }
}

impl fmt::Debug for RedisOptions {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisOptions")
            .field("place", &self.place)
            .field("username", &self.username)
            .field("database", &self.database)
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .field("max_connections", &self.max_connections)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(address) => write!(f, "{address}"),
            Self::Service { name, .. } => write!(f, "of service {name}"),
        }
    }
}

fn within(name: &str, span: Duration) -> Result<Duration, Error> {
    if !(LEAST_TIMEOUT..=MOST_TIMEOUT).contains(&span) {
        let message = format!("wanted {name} from 0.001 s to 60 s, found");
        return Err(Error::misuse(format!("{message}: {} s", span.as_secs_f64())));
    }
    Ok(span)
}

/// Ten times what a server of the same network takes for its slowest answers, and short enough that
/// an outage is not felt before the breaker opens.
const TIMEOUT: Duration = Duration::from_millis(250);
const LEAST_TIMEOUT: Duration = Duration::from_millis(1);
const MOST_TIMEOUT: Duration = Duration::from_secs(60);

/// More threads than a worker process of a web server has.
const MAX_CONNECTIONS: usize = 64;
