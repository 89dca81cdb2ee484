//! A connection to a store's server, without I/O: for event loops of other languages.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::{Reply, Request};
use crate::base::Error;

/// The talks on one connection: requests in, bytes out; bytes in, replies out.
///
/// After an error the connection is to be closed and the session dropped; what was asked on it may
/// have been carried out.
pub trait Line: fmt::Debug + Send {
    /// Takes a request. Its reply comes under `id`: in `done` where it is there already, else from
    /// [`Line::filled`].
    ///
    /// # Errors
    /// `Unavailable` where it cannot be asked; nothing was sent for it.
    fn ask(
        &mut self,
        id: u64,
        request: &Request<'_>,
        done: &mut Vec<(u64, Result<Reply, Error>)>,
    ) -> Result<(), Error>;

    /// Those whose talk went on with another word since this was called last: it is to be sent, and
    /// its reply is waited for as that to a question of its own.
    fn take_continued(&mut self) -> Vec<u64>;

    /// What is to be sent now: what was asked, and what TLS says for itself. It is the caller's
    /// from then on.
    fn take_outgoing(&mut self) -> Vec<u8>;

    /// Where the next bytes from the server go; never empty.
    fn room(&mut self) -> &mut [u8];

    /// So many bytes were read there; adds the replies that are whole now to `done`.
    ///
    /// # Errors
    /// `Unavailable` where the connection has ended or brings what nobody asked for.
    fn filled(
        &mut self,
        count: usize,
        done: &mut Vec<(u64, Result<Reply, Error>)>,
    ) -> Result<(), Error>;

    /// Whether it leads to the server that is meant. Elsewhere: it is to be closed. Unknown:
    /// another one is to be made, and this one may be used again later.
    fn standing(&self) -> Standing;

    /// How long a reply may take now: the greeting's is part of connecting.
    fn timeout(&self) -> Duration;

    /// How often to look whether a reply is overdue: the shortest that one may ever take.
    fn look_each(&self) -> Duration;

    /// The connection was lost; the error for everything that waits on it.
    fn lost(&mut self, error: io::Error) -> Error;
}

/// Where a server is, and how long it may take.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Endpoint {
    /// Where it listens.
    pub address: Address,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
}

/// Whether the server at an address is the one that is meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// It was, and another one is now.
    Elsewhere,
    /// It is.
    Here,
    /// Nobody has said so lately.
    Unknown,
}

/// Where a server listens.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Address {
    /// On a port of a host.
    Tcp {
        /// A name or an address.
        host: String,
        /// The port.
        port: u16,
    },
    /// On a socket in the file system.
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}
