//! One connection, used by one caller at a time in its own thread.
//!
//! Whatever goes wrong on it (an error of the socket, a time-out, a wrong byte, a reply too many)
//! ends it: the next reply on it could be another's.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, Shutdown, SocketAddrUnix, SocketFlags, SocketType,
    connect, recv, send, shutdown, socket_with, sockopt,
};
use surecache_resp::Value;

use super::commands::Commands;
use super::greeting::Greeting;
use super::inbox::Inbox;
use super::options::RedisOptions;
use super::peer::Peer;
use super::sentinel;
use super::trouble::Trouble;
use crate::base::{Clock, Error, SystemClock};
use crate::store::Address;

/// An open connection.
#[derive(Debug)]
pub(super) struct Link {
    stream: Stream,
    inbox: Inbox,
    pub(super) peer: Peer,
    /// When it was last used, in uptime.
    used: Duration,
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Link {
    /// Connects and greets.
    ///
    /// # Errors
    /// `Unavailable` where the server cannot be reached in time or refuses user, password or
    /// database.
    pub(super) fn connect(options: &RedisOptions) -> Result<Self, Trouble> {
        let cut = |error| Trouble::outage(unreachable(options, error));
        let address = sentinel::find(options).map_err(Trouble::outage)?;
        let mut link = Self::open(options, &address).map_err(Trouble::outage)?;
        let greeting = Greeting::of(options);
        let replies = link.exchange(&greeting.commands).map_err(cut)?;
        greeting.hear(&replies)?;
        link.stream.set_timeout(options.timeout).map_err(cut)?;
        Ok(link)
    }

    /// Connects, and says nothing yet.
    ///
    /// # Errors
    /// `Unavailable` where nobody is there in time.
    pub(super) fn open(options: &RedisOptions, address: &Address) -> Result<Self, Error> {
        let stream = Stream::connect(address, options.connect_timeout);
        let stream = stream.map_err(|error| unreachable(options, error))?;
        let (inbox, peer) = (Inbox::new(), Peer::default());
        Ok(Self { stream, inbox, peer, used: SystemClock.uptime() })
    }

    /// Sends commands and brings their replies.
    ///
    /// # Errors
    /// Whatever ends the connection. The commands may have been carried out.
    pub(super) fn exchange(&mut self, commands: &Commands) -> io::Result<Vec<Value>> {
        self.stream.write_all(commands.bytes())?;
        let mut replies = Vec::with_capacity(commands.replies());
        while !self.inbox.gather(&mut replies, commands.replies())? {
            self.read_some()?;
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
        Ok(Sender(self.stream.try_clone()?))
    }

    /// How long a read or a write may take from now on.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn set_timeout(&self, timeout: Duration) -> io::Result<()> {
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

    fn read_some(&mut self) -> io::Result<()> {
        loop {
            match self.stream.read(self.inbox.room()) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => return self.inbox.filled(read?),
            }
        }
    }
}

/// The sending half of a connection.
#[derive(Debug)]
pub(super) struct Sender(Stream);

impl Sender {
    /// Sends commands whose replies somebody else receives. Ends the connection where they cannot
    /// be sent without waiting.
    pub(super) fn send_at_once(&self, commands: &Commands) {
        let (socket, bytes) = (self.0.as_fd(), commands.bytes());
        let sent = send(socket, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL);
        if sent != Ok(bytes.len()) {
            // Where that fails it has ended already.
            let _ = shutdown(socket, Shutdown::Both);
        }
    }
}

impl Stream {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(match self {
            Self::Tcp(stream) => Self::Tcp(stream.try_clone()?),
            Self::Unix(stream) => Self::Unix(stream.try_clone()?),
        })
    }

    fn connect(address: &Address, timeout: Duration) -> io::Result<Self> {
        let stream = match address {
            Address::Tcp { host, port } => Self::Tcp(tcp(host, *port, timeout)?),
            Address::Unix(path) => {
                let kind = (SocketType::STREAM, SocketFlags::CLOEXEC);
                let socket = socket_with(AddressFamily::UNIX, kind.0, kind.1, None)?;
                // Bounds connecting too, which waits while the server's queue is full.
                let timed = sockopt::Timeout::Send;
                sockopt::set_socket_timeout(&socket, timed, Some(timeout))?;
                connect(&socket, &SocketAddrUnix::new(path)?)?;
                Self::Unix(UnixStream::from(socket))
            }
        };
        stream.set_timeout(timeout)?;
        Ok(stream)
    }

    fn set_timeout(&self, timeout: Duration) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => {
                stream.set_read_timeout(Some(timeout))?;
                stream.set_write_timeout(Some(timeout))
            }
            Self::Unix(stream) => {
                stream.set_read_timeout(Some(timeout))?;
                stream.set_write_timeout(Some(timeout))
            }
        }
    }

    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(room),
            Self::Unix(stream) => stream.read(room),
        }
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.write_all(bytes),
            Self::Unix(stream) => stream.write_all(bytes),
        }
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(stream) => stream.as_fd(),
            Self::Unix(stream) => stream.as_fd(),
        }
    }
}

/// True where nothing can be read: an end, or a byte, was not asked for.
pub(super) fn is_quiet(socket: BorrowedFd<'_>) -> bool {
    let read = recv(socket, &mut [0; 1][..], RecvFlags::PEEK | RecvFlags::DONTWAIT);
    read.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

/// The first of a host's addresses that answers in time.
fn tcp(host: &str, port: u16, timeout: Duration) -> io::Result<TcpStream> {
    let mut last = io::Error::new(ErrorKind::NotFound, "the host has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, timeout) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// A server that was not reached, or not in time.
pub(super) fn unreachable(options: &RedisOptions, error: io::Error) -> Error {
    let address = &options.place;
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Error::unavailable(format!(
            "wanted an answer of the Redis server {address} within {} ms, found: none",
            options.timeout.max(options.connect_timeout).as_millis()
        )),
        _ => Error::unavailable(format!("the Redis server {address} cannot be used"))
            .with_source(error),
    }
}

/// A connection that was used a moment ago is taken to be open: looking costs a system call.
pub(super) const SHORT_REST: Duration = Duration::from_secs(1);
