//! One connection, used by one caller at a time in its own thread.
//!
//! Whatever goes wrong on it (an error of the socket, a time-out, a wrong byte, a reply too many)
//! ends it: the next reply on it could be another's.

use std::io::{self, ErrorKind};
use std::os::fd::AsFd as _;
use std::time::Duration;

use surecache_resp::Value;

use super::commands::Commands;
use super::greeting::Greeting;
use super::inbox::Inbox;
use super::options::RedisOptions;
use super::pace::Pace;
use super::peer::Peer;
use super::stream::{Sender, Stream, is_quiet};
use super::tls;
use super::trouble::Trouble;
use crate::base::{Clock, Error, SystemClock};
use crate::store::Address;

/// An open connection.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) server: Address,
    stream: Stream,
    inbox: Inbox,
    pub(super) peer: Peer,
    /// When it was last used, in uptime.
    used: Duration,
    timeout: Duration,
}

impl Link {
    /// Connects and greets.
    ///
    /// # Errors
    /// `Unavailable` where the server cannot be reached in time or refuses user, password or
    /// database.
    pub(super) fn connect(options: &RedisOptions) -> Result<Self, Trouble> {
        let cut = |error| Trouble::met(options, error);
        let address = options.server()?;
        let mut link = Self::open(options, &address).map_err(cut)?;
        let greeting = Greeting::of(options);
        let replies = link.exchange(&greeting.commands).map_err(cut)?;
        greeting.hear(&replies)?;
        link.set_timeout(options.timeout).map_err(cut)?;
        Ok(link)
    }

    /// Connects, and says nothing yet.
    ///
    /// # Errors
    /// What the system says; a time-out where nobody is there.
    pub(super) fn open(options: &RedisOptions, address: &Address) -> io::Result<Self> {
        let stream = Stream::connect(options, address)?;
        let (inbox, peer) = (Inbox::new(), Peer::default());
        let (used, timeout) = (SystemClock.uptime(), options.connect_timeout);
        Ok(Self { server: address.clone(), stream, inbox, peer, used, timeout })
    }

    /// Sends commands and brings their replies.
    ///
    /// # Errors
    /// Whatever ends the connection. The commands may have been carried out.
    pub(super) fn exchange(&mut self, commands: &Commands) -> io::Result<Vec<Value>> {
        self.stream.write_all(commands.bytes(), self.timeout)?;
        let mut replies = Vec::with_capacity(commands.replies());
        let (mut pace, mut read) = (Pace::new(self.timeout), 0);
        while !self.inbox.gather(&mut replies, commands.replies())? {
            if read > 0 {
                pace.passed(read)?;
            }
            read = self.read_some()?;
        }
        Ok(replies)
    }

    /// Brings one reply that no command asked for: a message.
    ///
    /// # Errors
    /// The end of the connection; a time-out leaves it as it is.
    pub(super) fn receive(&mut self) -> io::Result<Value> {
        loop {
            if let Some(reply) = self.inbox.take_one()? {
                return Ok(reply);
            }
            self.read_some()?;
        }
    }

    /// A way to send on it from another thread, while one receives.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn sender(&self) -> io::Result<Sender> {
        self.stream.sender()
    }

    /// How long a read or a write may take from now on.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        self.timeout = timeout;
        self.stream.set_timeout(timeout)
    }

    /// Notes when it was used last.
    pub(super) fn rest(&mut self, uptime: Duration) {
        self.used = uptime;
    }

    /// True where it can be used: one that lay idle for a while may have been closed by the server.
    pub(super) fn is_alive(&self, uptime: Duration) -> bool {
        uptime.saturating_sub(self.used) < SHORT_REST || is_quiet(self.stream.as_fd())
    }

    fn read_some(&mut self) -> io::Result<usize> {
        loop {
            match self.stream.read_into(&mut self.inbox) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }
}

/// A server that was not reached, or not in time.
pub(super) fn unreachable(options: &RedisOptions, error: io::Error) -> Error {
    let timeout = options.timeout.max(options.connect_timeout);
    unusable(&format!("the Redis server {}", options.place), timeout, error)
}

/// As [`unreachable`], of whatever was to be reached.
pub(super) fn unusable(what: &str, timeout: Duration, error: io::Error) -> Error {
    let is_time_out = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
    if is_time_out && error.get_ref().is_none() {
        let ms = timeout.as_millis();
        let message = format!("wanted an answer of {what} within {ms} ms, found: none");
        return Error::unavailable(message);
    }
    let unusable = Error::unavailable(format!("{what} cannot be used"));
    match tls::hint(&error) {
        Some(hint) => unusable.with_hint(hint).with_source(error),
        None => unusable.with_source(error),
    }
}

/// A connection that was used a moment ago is taken to be open: looking costs a system call.
pub(super) const SHORT_REST: Duration = Duration::from_secs(1);
