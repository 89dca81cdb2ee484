//! What stands between a cache and its server: a port that forwards, and may do what it likes with
//! the replies.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use surecache_testkit::RedisServer;

/// A port of 127.0.0.1 that leads to a server. Its threads end with it.
pub(crate) struct Relay {
    port: u16,
    inner: Arc<Inner>,
    acceptor: Option<JoinHandle<()>>,
}

/// Passes a reply on, or something else. An error ends the connection.
pub(crate) type Pass = dyn Fn(&mut TcpStream, &[u8]) -> io::Result<()> + Send + Sync;

struct Inner {
    socket: Mutex<PathBuf>,
    clients: Mutex<Vec<TcpStream>>,
    is_over: AtomicBool,
    pass: Box<Pass>,
}

impl Relay {
    /// Passes every reply on as it is.
    pub(crate) fn to(server: &RedisServer) -> Self {
        Self::with(server, |client, reply| client.write_all(reply))
    }

    pub(crate) fn with(
        server: &RedisServer,
        pass: impl Fn(&mut TcpStream, &[u8]) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let inner = Arc::new(Inner {
            socket: Mutex::new(server.socket().to_owned()),
            clients: Mutex::default(),
            is_over: AtomicBool::new(false),
            pass: Box::new(pass),
        });
        let accepting = Arc::clone(&inner);
        let acceptor = std::thread::Builder::new().spawn(move || accepting.accept(&listener));
        Self { port, inner, acceptor: Some(acceptor.unwrap()) }
    }

    pub(crate) fn location(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Leads to another server from now on. Connections are cut, as those to a server that died.
    pub(crate) fn lead_to(&self, server: &RedisServer) {
        server.socket().clone_into(&mut lock(&self.inner.socket));
        self.inner.cut();
    }
}

impl Inner {
    fn accept(&self, listener: &TcpListener) {
        std::thread::scope(|scope| {
            for client in listener.incoming() {
                if self.is_over.load(Ordering::SeqCst) {
                    return;
                }
                let client = client.unwrap();
                client.set_nodelay(true).unwrap();
                lock(&self.clients).push(client.try_clone().unwrap());
                scope.spawn(move || self.serve(client));
            }
        });
    }

    /// Carries both ways until one of the ends is closed.
    fn serve(&self, mut client: TcpStream) {
        let socket = lock(&self.socket).clone();
        if let Ok(server) = UnixStream::connect(socket) {
            let (mut up, mut questions) = (&server, client.try_clone().unwrap());
            std::thread::scope(|scope| {
                scope.spawn(move || {
                    drop(io::copy(&mut questions, &mut up));
                    drop(up.shutdown(Shutdown::Both));
                });
                drop(self.answer(&server, &mut client));
                drop(client.shutdown(Shutdown::Both));
            });
        }
        drop(client.shutdown(Shutdown::Both));
    }

    fn answer(&self, mut server: &UnixStream, client: &mut TcpStream) -> io::Result<()> {
        let (mut bytes, mut room) = (Vec::new(), [0; 4096]);
        loop {
            let read = server.read(&mut room)?;
            if read == 0 {
                return Ok(());
            }
            bytes.extend_from_slice(&room[..read]);
            while let Some(length) = length(&bytes) {
                let reply: Vec<_> = bytes.drain(..length).collect();
                (self.pass)(client, &reply)?;
            }
        }
    }

    fn cut(&self) {
        for client in lock(&self.clients).drain(..) {
            // It may be closed already.
            drop(client.shutdown(Shutdown::Both));
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.inner.is_over.store(true, Ordering::SeqCst);
        // Wakes the acceptor.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        self.inner.cut();
        if let Some(acceptor) = self.acceptor.take() {
            drop(acceptor.join());
        }
    }
}

/// The length of the first reply, where all of it is there.
fn length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(2).position(|pair| pair == b"\r\n")? + 2;
    let count = || std::str::from_utf8(&bytes[1..head - 2]).unwrap().parse::<i64>().unwrap();
    match bytes[0] {
        b'$' => {
            let end = usize::try_from(count()).map_or(head, |count| head + count + 2);
            (bytes.len() >= end).then_some(end)
        }
        b'*' => {
            let each = |at: usize, _| Some(at + length(&bytes[at..])?);
            (0..count()).try_fold(head, each)
        }
        _ => Some(head),
    }
}

/// What a reply looks like, whatever it says: `*$_` is an array of a text and a nil.
pub(crate) fn shape(reply: &[u8]) -> String {
    let head = reply.windows(2).position(|pair| pair == b"\r\n").unwrap() + 2;
    match (reply[0], reply[1]) {
        (b'$' | b'*', b'-') => "_".to_owned(),
        (b'*', _) => {
            let (mut at, mut shape) = (head, "*".to_owned());
            while at < reply.len() {
                let end = at + length(&reply[at..]).unwrap();
                shape.push_str(&self::shape(&reply[at..end]));
                at = end;
            }
            shape
        }
        (kind, _) => char::from(kind).to_string(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
