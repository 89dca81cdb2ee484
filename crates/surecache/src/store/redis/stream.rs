//! The bytes of one connection, in the calling thread: TCP, TLS, or a socket of the same machine.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, Shutdown, SocketAddrUnix, SocketFlags, SocketType,
    connect, recv, send, shutdown, socket_with, sockopt,
};

use super::commands::Commands;
use super::inbox::Inbox;
use super::lookup;
use super::options::RedisOptions;
use super::pace::Pace;
use super::tls::Session;
use crate::base::sync::{Arc, Mutex, lock};
use crate::store::Address;

/// An open socket, and what is between it and the talk.
#[derive(Debug)]
pub(super) enum Stream {
    Tcp(TcpStream),
    Tls(Secured),
    Unix(UnixStream),
}

/// A socket with a session of TLS on it, which has two ends here where one thread sends and another
/// one receives.
#[derive(Debug)]
pub(super) struct Secured {
    socket: TcpStream,
    session: Arc<Mutex<Session>>,
    came: Box<[u8]>,
}

/// The sending half of a connection.
#[derive(Debug)]
pub(super) struct Sender {
    stream: Stream,
    /// What the socket has not taken yet; what is sealed waits in the session.
    unsent: VecDeque<u8>,
}

/// A socket that nobody waits for.
struct AtOnce<'a>(BorrowedFd<'a>);

impl Stream {
    /// Connects, and says nothing yet.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn connect(options: &RedisOptions, address: &Address) -> io::Result<Self> {
        let timeout = options.connect_timeout;
        let stream = match address {
            Address::Tcp { host, port } => {
                let socket = tcp(host, *port, timeout)?;
                match options.session(host)? {
                    Some(session) => Self::Tls(Secured::new(socket, session)),
                    None => Self::Tcp(socket),
                }
            }
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

    /// How long a read or a write may take from now on.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn set_timeout(&self, timeout: Duration) -> io::Result<()> {
        for timed in [sockopt::Timeout::Recv, sockopt::Timeout::Send] {
            sockopt::set_socket_timeout(self.as_fd(), timed, Some(timeout))?;
        }
        Ok(())
    }

    /// Reads what there is, waiting where there is nothing; how many bytes that was. Of a session
    /// it may be nothing that was said.
    ///
    /// # Errors
    /// The end of the connection, or a time-out.
    pub(super) fn read_into(&mut self, inbox: &mut Inbox) -> io::Result<usize> {
        let read = match self {
            Self::Tcp(stream) => recv(&*stream, inbox.room(), RecvFlags::empty()),
            Self::Tls(secured) => return secured.read_into(inbox),
            Self::Unix(stream) => recv(&*stream, inbox.room(), RecvFlags::empty()),
        };
        let (count, _) = read?;
        inbox.filled(count)?;
        Ok(count)
    }

    /// Sends all of it.
    ///
    /// # Errors
    /// What ends the connection.
    pub(super) fn write_all(&mut self, bytes: &[u8], timeout: Duration) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => write_all(stream, bytes, timeout),
            Self::Tls(secured) => {
                let mut session = lock(&secured.session);
                // Under the lock: records have an order.
                write_all(&secured.socket, &session.seal(bytes), timeout)
            }
            Self::Unix(stream) => write_all(stream, bytes, timeout),
        }
    }

    /// A way to send from another thread.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn sender(&self) -> io::Result<Sender> {
        let stream = match self {
            Self::Tcp(stream) => Self::Tcp(stream.try_clone()?),
            Self::Tls(secured) => Self::Tls(secured.try_clone()?),
            Self::Unix(stream) => Self::Unix(stream.try_clone()?),
        };
        Ok(Sender { stream, unsent: VecDeque::new() })
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(stream) => stream.as_fd(),
            Self::Tls(secured) => secured.socket.as_fd(),
            Self::Unix(stream) => stream.as_fd(),
        }
    }
}

impl Secured {
    fn new(socket: TcpStream, session: Session) -> Self {
        let came = vec![0; Session::ROOM_BYTES].into_boxed_slice();
        Self { socket, session: Arc::new(Mutex::new(session)), came }
    }

    fn try_clone(&self) -> io::Result<Self> {
        let (socket, session) = (self.socket.try_clone()?, Arc::clone(&self.session));
        Ok(Self { socket, session, came: Box::default() })
    }

    fn read_into(&mut self, inbox: &mut Inbox) -> io::Result<usize> {
        let count = self.socket.read(&mut self.came)?;
        let mut session = lock(&self.session);
        session.open(&self.came[..count], inbox)?;
        // A word of the handshake, for which the socket has room. It goes behind what the other
        // end's thread has left there, so neither may be waited for.
        session.send(&[], &mut AtOnce(self.socket.as_fd()))?;
        Ok(count)
    }
}

impl Sender {
    /// Sends commands whose replies somebody else receives. Never waits: what the socket does not
    /// take is kept until [`Sender::go_on`]. Where it has ended, the one who receives meets that.
    pub(super) fn send_at_once(&mut self, commands: &Commands) {
        if self.try_send(commands.bytes()).is_err() {
            // Where that fails it has ended already.
            let _ = shutdown(self.stream.as_fd(), Shutdown::Both);
        }
    }

    /// Sends what was kept. There is room for some of it when a reply came: the server has read.
    pub(super) fn go_on(&mut self) {
        self.send_at_once(&Commands::default());
    }

    fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Stream::Tls(secured) = &self.stream {
            let mut session = lock(&secured.session);
            return session.send(bytes, &mut AtOnce(secured.socket.as_fd()));
        }
        self.unsent.extend(bytes);
        let mut socket = AtOnce(self.stream.as_fd());
        while !self.unsent.is_empty() {
            match socket.write(self.unsent.as_slices().0) {
                Ok(written) => drop(self.unsent.drain(..written)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl io::Write for AtOnce<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(send(self.0, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// True where nothing can be read: an end, or a byte, was not asked for.
pub(super) fn is_quiet(socket: BorrowedFd<'_>) -> bool {
    let read = recv(socket, &mut [0; 1][..], RecvFlags::PEEK | RecvFlags::DONTWAIT);
    read.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

/// Sends all of it, in whatever time that takes while it goes on.
fn write_all(socket: impl AsFd, mut bytes: &[u8], timeout: Duration) -> io::Result<()> {
    let mut pace = Pace::new(timeout);
    while !bytes.is_empty() {
        let written = match send(&socket, bytes, SendFlags::NOSIGNAL) {
            Err(Errno::INTR) => 0,
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            written => written?,
        };
        bytes = &bytes[written..];
        if !bytes.is_empty() {
            pace.passed(written)?;
        }
    }
    Ok(())
}

/// The first of a host's addresses that answers in time.
fn tcp(host: &str, port: u16, timeout: Duration) -> io::Result<TcpStream> {
    let mut last = io::Error::new(ErrorKind::NotFound, "the host has no address");
    for address in lookup::addresses(host, port, timeout)? {
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
