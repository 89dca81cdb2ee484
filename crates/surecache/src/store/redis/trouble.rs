//! Why there is no connection, and whether the breaker is to know.

use std::io;

use super::link::unreachable;
use super::options::RedisOptions;
use super::tls;
use crate::base::Error;

/// A connection that could not be had.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) error: Error,
    /// True where the server did not answer. One that refuses a password is there, and who is told
    /// so again and again is helped more than by silence.
    pub(super) is_outage: bool,
}

impl Trouble {
    /// What came of a connection: silence, an end, or somebody else's certificate.
    pub(super) fn met(options: &RedisOptions, error: io::Error) -> Self {
        let is_outage = !tls::is_refusal(&error);
        Self { error: unreachable(options, error), is_outage }
    }

    /// Nobody answered.
    pub(super) fn outage(error: Error) -> Self {
        Self { error, is_outage: true }
    }

    /// Somebody did, or was not even asked.
    pub(super) fn refusal(error: Error) -> Self {
        Self { error, is_outage: false }
    }
}
