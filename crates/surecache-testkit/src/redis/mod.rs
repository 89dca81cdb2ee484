//! A real server for tests: Redis, or whatever speaks its protocol.

mod certificates;
mod client;
mod process;
#[cfg(test)]
mod tests;
mod wall;

use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use surecache_resp::Value;

pub use self::certificates::certificate;
use self::certificates::tls_of;
use self::process::Process;
use self::wall::Wall;
use crate::Folder;

/// A server of its own for a test, on a socket in a temporary folder.
///
/// The program is `redis-server`, or the one that `SURECACHE_REDIS_SERVER` names, which is how
/// `make test` runs the same tests on Valkey. It keeps nothing on the disk, listens on no port
/// unless asked to, and ends when this is dropped, when the test program ends, and when that is
/// killed. Start it before forking: a forked child can use it and cannot start one.
///
/// # Panics
/// Every function where the server does not do what it is told, or not within 10 seconds.
#[derive(Debug)]
pub struct RedisServer {
    process: Mutex<Option<Process>>,
    arguments: Vec<String>,
    password: Option<String>,
    port: Option<u16>,
    /// Whose certificate it shows on its port, if any.
    certificate: Option<&'static str>,
    wall: Option<Wall>,
    /// The file in which a sentinel keeps what it knows.
    sentinel: Option<PathBuf>,
    socket: PathBuf,
    folder: Folder,
}

impl RedisServer {
    /// A server with nothing but what a test needs.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// A server with more options of its command line, such as `["--maxmemory", "5mb"]`. The later
    /// of two that say different things counts. A password (`--requirepass`) is known to
    /// [`location`](Self::location) and [`command`](Self::command); it is written in both as it
    /// is.
    pub fn with(arguments: &[&str]) -> Self {
        Self::unstarted(None, false, arguments).started().unwrap_or_else(|log| panic!("{log}"))
    }

    /// A server that listens on a free port of 127.0.0.1 too, with more options.
    pub fn on_tcp(arguments: &[&str]) -> Self {
        Self::on_free_port(false, arguments, |_| ())
    }

    /// As [`on_tcp`](Self::on_tcp), with TLS on the port. It shows the certificate of that name in
    /// [`certificate`], and clients may show one of the same authority.
    pub fn on_tls(certificate: &'static str, arguments: &[&str]) -> Self {
        Self::on_free_port(false, arguments, |server| server.certificate = Some(certificate))
    }

    /// A server whose clock at the wall stands still: time passes in [`age`](Self::age) only.
    pub fn on_manual_time() -> Self {
        Self::unstarted(None, true, &[]).started().unwrap_or_else(|log| panic!("{log}"))
    }

    /// As [`on_manual_time`](Self::on_manual_time), with TLS as [`on_tls`](Self::on_tls) has it.
    pub fn on_manual_time_with_tls(certificate: &'static str) -> Self {
        Self::on_free_port(true, &[], |server| server.certificate = Some(certificate))
    }

    /// A sentinel that watches a server under the name of a service, on a free port. Two that agree
    /// fail over to a replica, half a second after the primary was last heard of.
    pub fn sentinel(primary: &Self, service: &str) -> Self {
        let Some(watched) = primary.port else { panic!("wanted a primary on TCP to watch") };
        // A sentinel of servers with TLS speaks it too.
        let tls: &[_] =
            if primary.certificate.is_some() { &["--tls-replication", "yes"] } else { &[] };
        Self::on_free_port(false, tls, |server| {
            server.certificate = primary.certificate;
            let config = format!(
                "sentinel monitor {service} 127.0.0.1 {watched} 2\n\
                 sentinel down-after-milliseconds {service} 500\n\
                 sentinel failover-timeout {service} 2000\n"
            );
            let path = server.folder.path().join("sentinel.conf");
            std::fs::write(&path, config).unwrap_or_else(|error| panic!("wanted a file: {error}"));
            server.sentinel = Some(path);
        })
    }

    /// The one server that all tests of this program share, made when it is first asked for. Tests
    /// keep apart by namespaces ([`unique_name`](crate::unique_name)); none of them may pause,
    /// age, flush or end it.
    pub fn shared() -> &'static Self {
        SHARED.get_or_init(|| {
            // SAFETY: `end_shared` is a function without arguments that never unwinds.
            #[expect(unsafe_code, reason = "statics are not dropped: its folder would stay")]
            unsafe {
                libc::atexit(end_shared);
            }
            Self::start()
        })
    }

    /// Where it listens.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The port on 127.0.0.1, where it was asked to have one.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// How a store finds it: on its port where it has one, on its socket elsewhere.
    pub fn location(&self) -> String {
        let password = self.password.as_ref().map(|password| format!(":{password}@"));
        let password = password.unwrap_or_default();
        match self.port {
            Some(port) => {
                let secured = if self.certificate.is_some() { "s" } else { "" };
                format!("redis{secured}://{password}127.0.0.1:{port}")
            }
            None => format!("unix://{password}{}", self.socket.display()),
        }
    }

    /// Asks the server, on a connection of its own, and returns what it answers, errors too.
    pub fn command(&self, arguments: &[&[u8]]) -> Value {
        client::ask(&self.socket, self.password.as_deref(), arguments)
            .unwrap_or_else(|error| panic!("wanted an answer of the server, found: {error}"))
    }

    /// Lets time pass for every key, to the millisecond: what would have expired by then is gone,
    /// what is left expires sooner by as much. On [manual time](Self::on_manual_time) the server's
    /// clock goes on as well; elsewhere real time passes besides.
    pub fn age(&self, by: Duration) {
        let millis = by.as_millis().to_string();
        let clock = if self.wall.is_some() { "stands" } else { "goes" };
        let script = include_bytes!("age.lua");
        let reply = self.command(&[b"EVAL", script, b"0", millis.as_bytes(), clock.as_bytes()]);
        assert!(reply.is_nil(), "wanted the keys to age, found: {reply:?}");
        if let Some(wall) = &self.wall {
            wall.advance(by);
        }
    }

    /// Stops the process where it stands (SIGSTOP): it accepts connections and answers none of
    /// them. It has stopped when this returns.
    pub fn pause(&self) {
        self.process().as_ref().map_or_else(|| panic!("{ENDED}"), Process::pause);
    }

    /// Lets a paused process go on.
    pub fn resume(&self) {
        self.process().as_ref().map_or_else(|| panic!("{ENDED}"), Process::resume);
    }

    /// Ends the process at once (SIGKILL), if it still runs; what it held in memory is lost.
    pub fn kill(&self) {
        self.process().take();
    }

    /// Ends the process at once, if it still runs, and starts it anew with the same options in the
    /// same folder: on the same socket and port. It is empty, but for what its options had it
    /// write (`--appendonly yes`).
    pub fn restart(&self) {
        let mut process = self.process();
        process.take();
        for _ in 0..50 {
            match self.launch() {
                Ok(launched) => {
                    *process = Some(launched);
                    return;
                }
                Err(log) if log.contains(CLASH) => thread::sleep(Duration::from_millis(20)),
                Err(log) => panic!("{log}"),
            }
        }
        panic!("wanted to listen on the same port again, found it taken: {:?}", self.port);
    }

    fn on_free_port(manual: bool, arguments: &[&str], prepare: impl Fn(&mut Self)) -> Self {
        for _ in 0..10 {
            let mut server = Self::unstarted(Some(free_port()), manual, arguments);
            prepare(&mut server);
            match server.started() {
                Ok(server) => return server,
                Err(log) if log.contains(CLASH) => {}
                Err(log) => panic!("{log}"),
            }
        }
        panic!("wanted a free port on 127.0.0.1, found ten that were taken meanwhile");
    }

    fn started(mut self) -> Result<Self, String> {
        let launched = self.launch()?;
        self.process = Mutex::new(Some(launched));
        Ok(self)
    }

    fn unstarted(port: Option<u16>, manual: bool, arguments: &[&str]) -> Self {
        let folder = Folder::new();
        Self {
            process: Mutex::new(None),
            arguments: arguments.iter().map(ToString::to_string).collect(),
            password: password_in(arguments),
            port,
            certificate: None,
            wall: manual.then(|| Wall::below(folder.path())),
            sentinel: None,
            socket: folder.path().join("socket"),
            folder,
        }
    }

    /// Starts the process and waits until it answers; what it wrote where it does not.
    fn launch(&self) -> Result<Process, String> {
        let mut command = process::command();
        command.current_dir(self.folder.path());
        match &self.sentinel {
            Some(config) => command.arg(config).arg("--sentinel"),
            None => command.args(["--save", "", "--appendonly", "no"]),
        };
        let port = self.port.unwrap_or(0).to_string();
        match self.certificate {
            Some(name) => command.args(["--port", "0", "--tls-port", &port]).args(tls_of(name)),
            None => command.args(["--port", &port]),
        };
        command.args(["--bind", "127.0.0.1"]);
        command.arg("--unixsocket").arg(&self.socket);
        command.args(["--daemonize", "no"]);
        command.args(&self.arguments);
        if let Some(wall) = &self.wall {
            wall.give_to(&mut command);
        }
        let mut process = Process::spawn(command, &self.folder.path().join("log"));
        for _ in 0..5000 {
            match client::ask(&self.socket, self.password.as_deref(), &[b"PING"]) {
                Ok(Value::Simple(pong)) if pong == "PONG" => return Ok(process),
                Ok(Value::Error(error)) if !error.starts_with("LOADING") => {
                    return Err(format!("wanted PONG of the server, found: {error}"));
                }
                _ => {}
            }
            if let Some(log) = process.ended() {
                return Err(format!("wanted a server, found that it ended, saying:\n{log}"));
            }
            thread::sleep(Duration::from_millis(2));
        }
        Err(format!("wanted a server that answers within 10 s, found:\n{}", process.log()))
    }

    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the shared server when the program ends in the usual way.
extern "C" fn end_shared() {
    if let Some(server) = SHARED.get() {
        server.kill();
        let _ = std::fs::remove_dir_all(server.folder.path());
    }
}

fn free_port() -> u16 {
    let bound = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    bound.map_or_else(|error: io::Error| panic!("wanted a port: {error}"), |at| at.port())
}

fn password_in(arguments: &[&str]) -> Option<String> {
    let at = arguments.iter().rposition(|argument| *argument == "--requirepass")?;
    arguments.get(at + 1).map(ToString::to_string)
}

static SHARED: OnceLock<RedisServer> = OnceLock::new();

/// What a server says that cannot listen on its port.
const CLASH: &str = "Address already in use";

const ENDED: &str = "wanted a server that runs, found that it was ended";
