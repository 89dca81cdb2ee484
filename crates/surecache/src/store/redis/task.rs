//! Connections for tasks of tokio: the same talk, without holding a thread.
//!
//! A connection belongs to the runtime that it was opened in. Whoever is cancelled in the middle of
//! an exchange drops its connection with it, so that nobody else meets the reply that was not read.

use std::io;
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
use super::link::unreachable;
use super::options::{Place, RedisOptions};
use super::peer::Peer;
use super::sentinel;
use crate::base::Error;
use crate::base::sync::{Mutex, lock};
use crate::store::Address;

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
    ) -> Result<(TaskLink, SemaphorePermit<'_>), Error> {
        let permit = timeout(self.options.timeout, self.permits.acquire()).await;
        let Ok(Ok(permit)) = permit else { return Err(self.crowded()) };
        let runtime = Handle::current().id();
        while let Some(link) = self.idle_of(runtime) {
            if uptime.saturating_sub(link.used) < LONG_REST {
                return Ok((link, permit));
            }
        }
        Ok((TaskLink::connect(&self.options, runtime).await?, permit))
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
    async fn connect(options: &RedisOptions, runtime: Id) -> Result<Self, Error> {
        let address = match &options.place {
            Place::At(address) => address.clone(),
            // Sentinels are asked in a thread: seldom, and one after the other.
            Place::Service { .. } => {
                let options = options.clone();
                let found = tokio::task::spawn_blocking(move || sentinel::find(&options)).await;
                found.map_err(|error| {
                    Error::unavailable("no sentinel was asked").with_source(error)
                })??
            }
        };
        let connected = timeout(options.connect_timeout, Stream::connect(&address)).await;
        let stream = connected
            .unwrap_or_else(|elapsed| Err(elapsed.into()))
            .map_err(|error| unreachable(options, error))?;
        let (inbox, peer) = (Inbox::new(), Peer::default());
        let (used, wait) = (Duration::ZERO, options.connect_timeout);
        let mut link = Self { stream, inbox, peer, runtime, used, timeout: wait };
        let greeting = Greeting::of(options);
        let replies = link.exchange(&greeting.commands).await;
        greeting.hear(&replies.map_err(|error| unreachable(options, error))?)?;
        link.timeout = options.timeout;
        Ok(link)
    }

    /// Sends commands and brings their replies.
    ///
    /// # Errors
    /// Whatever ends the connection. The commands may have been carried out.
    ///
    /// # Cancel safety
    /// None: the connection is to be dropped with the future.
    pub(super) async fn exchange(&mut self, commands: &Commands) -> io::Result<Vec<Value>> {
        timeout(self.timeout, self.stream.write_all(commands.bytes())).await??;
        let mut replies = Vec::with_capacity(commands.replies());
        while !self.inbox.gather(&mut replies, commands.replies())? {
            let read = timeout(self.timeout, self.stream.read(self.inbox.room())).await??;
            self.inbox.filled(read)?;
        }
        Ok(replies)
    }
}

impl Stream {
    async fn connect(address: &Address) -> io::Result<Self> {
        match address {
            Address::Tcp { host, port } => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                Ok(Self::Tcp(stream))
            }
            Address::Unix(path) => UnixStream::connect(path).await.map(Self::Unix),
        }
    }

    async fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(room).await,
            Self::Unix(stream) => stream.read(room).await,
        }
    }

    async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.write_all(bytes).await,
            Self::Unix(stream) => stream.write_all(bytes).await,
        }
    }
}

/// A connection that lay idle for longer is not used again: the server, or something on the way,
/// may have closed it.
const LONG_REST: Duration = Duration::from_secs(30);
