//! Connections for tasks of tokio: the same talk, without holding a thread.
//!
//! A connection belongs to the runtime that it was opened in. Whoever is cancelled in the middle of
//! an exchange drops its connection with it, so that nobody else meets the reply that was not read.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::time::Duration;

use surecache_resp::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio::runtime::{Handle, Id};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::commands::Commands;
use super::greeting::Greeting;
use super::inbox::Inbox;
use super::link::SHORT_REST;
use super::lookup;
use super::options::{Place, RedisOptions};
use super::pace::Pace;
use super::peer::Peer;
use super::stream::is_quiet;
use super::tls::Session;
use super::trouble::Trouble;
use crate::base::Error;
use crate::base::sync::{Mutex, lock};
use crate::store::{Address, Standing};

/// The connections of this process's tasks.
#[derive(Debug)]
pub(super) struct TaskPool {
    options: RedisOptions,
    idle: Mutex<Vec<TaskLink>>,
    /// One for each connection that is in use.
    permits: Semaphore,
}

/// An open connection.
#[derive(Debug)]
pub(super) struct TaskLink {
    server: Address,
    stream: Stream,
    inbox: Inbox,
    pub(super) peer: Peer,
    runtime: Id,
    used: Duration,
    timeout: Duration,
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Tls { socket: TcpStream, session: Box<Session>, came: Box<[u8]> },
    Unix(UnixStream),
}

impl TaskPool {
    pub(super) fn new(options: &RedisOptions) -> Self {
        Self {
            permits: Semaphore::new(options.max_connections),
            options: options.clone(),
            idle: Mutex::default(),
        }
    }

    /// A connection of this runtime, opened where none is idle.
    ///
    /// # Errors
    /// `Unavailable` where none could be had or opened in time.
    pub(super) async fn lend(
        &self,
        uptime: Duration,
    ) -> Result<(TaskLink, SemaphorePermit<'_>), Trouble> {
        let permit = timeout(self.options.timeout, self.permits.acquire()).await;
        let Ok(Ok(permit)) = permit else { return Err(Trouble::refusal(self.crowded())) };
        let runtime = Handle::current().id();
        while let Some(link) = self.idle_of(runtime) {
            let standing = self.options.standing(&link.server);
            if link.is_alive(uptime) && standing == Standing::Here {
                return Ok((link, permit));
            }
        }
        self.make_room();
        Ok((TaskLink::connect(&self.options, runtime).await?, permit))
    }

    /// Closes idle connections, those of other runtimes, until one more is within the bound.
    fn make_room(&self) {
        let most = self.options.max_connections;
        let in_use = most.saturating_sub(self.permits.available_permits());
        let mut idle = lock(&self.idle);
        let surplus = (idle.len() + in_use).saturating_sub(most).min(idle.len());
        let closed: Vec<_> = idle.drain(..surplus).collect();
        drop(idle);
        drop(closed);
    }

    /// Gives a connection back that is as it should be.
    pub(super) fn give_back(&self, mut link: TaskLink, uptime: Duration) {
        link.used = uptime;
        lock(&self.idle).push(link);
    }

    /// Closes what is idle: what one connection met, the others will.
    pub(super) fn close_idle(&self) {
        let idle = std::mem::take(&mut *lock(&self.idle));
        drop(idle);
    }

    fn idle_of(&self, runtime: Id) -> Option<TaskLink> {
        let mut idle = lock(&self.idle);
        let place = idle.iter().rposition(|link| link.runtime == runtime)?;
        Some(idle.remove(place))
    }

    fn crowded(&self) -> Error {
        let most = self.options.max_connections;
        Error::unavailable(format!("wanted one of {most} connections in time, found: none"))
            .with_hint("raise max_connections")
    }
}

impl TaskLink {
    async fn connect(options: &RedisOptions, runtime: Id) -> Result<Self, Trouble> {
        let cut = |error| Trouble::met(options, error);
        let address = address_of(options).await?;
        let stream = Stream::connect(options, &address).await.map_err(cut)?;
        let (inbox, peer) = (Inbox::new(), Peer::default());
        let (used, wait) = (Duration::ZERO, options.connect_timeout);
        let mut link = Self { server: address, stream, inbox, peer, runtime, used, timeout: wait };
        let greeting = Greeting::of(options);
        let replies = link.exchange(&greeting.commands).await.map_err(cut)?;
        greeting.hear(&replies)?;
        link.timeout = options.timeout;
        Ok(link)
    }

    /// True where it can be used: one that lay idle for a while may have been closed by the server.
    fn is_alive(&self, uptime: Duration) -> bool {
        uptime.saturating_sub(self.used) < SHORT_REST || is_quiet(self.stream.as_fd())
    }

    /// Sends commands and brings their replies.
    ///
    /// # Errors
    /// Whatever ends the connection. The commands may have been carried out.
    ///
    /// # Cancel safety
    /// None: the connection is to be dropped with the future.
    pub(super) async fn exchange(&mut self, commands: &Commands) -> io::Result<Vec<Value>> {
        self.write_all(commands.bytes()).await?;
        let mut replies = Vec::with_capacity(commands.replies());
        let (mut pace, mut read) = (Pace::new(self.timeout), 0);
        while !self.inbox.gather(&mut replies, commands.replies())? {
            if read > 0 {
                pace.passed(read)?;
            }
            read = timeout(self.timeout, self.stream.read_into(&mut self.inbox)).await??;
        }
        Ok(replies)
    }

    async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let sealed = self.stream.seal(bytes);
        let mut bytes = sealed.as_deref().unwrap_or(bytes);
        let mut pace = Pace::new(self.timeout);
        while !bytes.is_empty() {
            let written = timeout(self.timeout, self.stream.write(bytes)).await??;
            bytes = &bytes[written..];
            if !bytes.is_empty() {
                pace.passed(written)?;
            }
        }
        Ok(())
    }
}

/// Where the server is; sentinels are asked in a thread, seldom and one after the other.
async fn address_of(options: &RedisOptions) -> Result<Address, Trouble> {
    if let Place::At(address) = &options.place {
        return Ok(address.clone());
    }
    let options = options.clone();
    let asked = tokio::task::spawn_blocking(move || options.server()).await;
    asked.map_err(|error| {
        Trouble::outage(Error::unavailable("no sentinel was asked").with_source(error))
    })?
}

/// The addresses of a host. A thread waits for a name, no longer than the time-out.
async fn addresses(host: &str, port: u16, at_most: Duration) -> io::Result<Vec<SocketAddr>> {
    if let Ok(ip) = host.parse() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let host = host.to_owned();
    let found = tokio::task::spawn_blocking(move || lookup::addresses(&host, port, at_most)).await;
    found.map_err(io::Error::other)?
}

/// The first address that answers in time.
async fn tcp(addresses: &[SocketAddr], at_most: Duration) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in addresses {
        match timeout(at_most, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Ok(Err(error)) => last = error,
            Err(elapsed) => last = elapsed.into(),
        }
    }
    Err(last)
}

impl Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(stream) => stream.as_fd(),
            Self::Tls { socket, .. } => socket.as_fd(),
            Self::Unix(stream) => stream.as_fd(),
        }
    }

    async fn connect(options: &RedisOptions, address: &Address) -> io::Result<Self> {
        match address {
            Address::Tcp { host, port } => {
                let addresses = addresses(host, *port, options.connect_timeout).await?;
                let stream = tcp(&addresses, options.connect_timeout).await?;
                Ok(match options.session(host)? {
                    Some(session) => Self::secured(stream, session),
                    None => Self::Tcp(stream),
                })
            }
            Address::Unix(path) => {
                let connecting = UnixStream::connect(path);
                timeout(options.connect_timeout, connecting).await?.map(Self::Unix)
            }
        }
    }

    fn secured(socket: TcpStream, session: Session) -> Self {
        let came = vec![0; Session::ROOM_BYTES].into_boxed_slice();
        Self::Tls { socket, session: Box::new(session), came }
    }

    async fn read_into(&mut self, inbox: &mut Inbox) -> io::Result<usize> {
        let read = match self {
            Self::Tcp(stream) => stream.read(inbox.room()).await,
            Self::Tls { socket, session, came } => {
                let count = socket.read(came).await?;
                session.open(&came[..count], inbox)?;
                socket.write_all(&session.seal(&[])).await?;
                return Ok(count);
            }
            Self::Unix(stream) => stream.read(inbox.room()).await,
        };
        let count = read?;
        inbox.filled(count)?;
        Ok(count)
    }

    /// What goes over the wire instead of what is said, where there is a session.
    fn seal(&mut self, said: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Tls { session, .. } => Some(session.seal(said)),
            Self::Tcp(_) | Self::Unix(_) => None,
        }
    }

    /// Sends what goes over the wire, or a part of it.
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes).await,
            Self::Tls { socket, .. } => socket.write(bytes).await,
            Self::Unix(stream) => stream.write(bytes).await,
        }
    }
}
