//! The program in a process of its own, and a hold on its database.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;
use surecache_testkit::Folder;

use crate::client::{LIMIT, Sent};

/// A running service; killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts the service on a data folder, and waits until it is ready.
    pub(crate) fn start(data: &Folder) -> Self {
        let mut command = program();
        command.arg("--data").arg(data.path()).args(["--listen", "127.0.0.1:0"]);
        command.args(["--events", "2000"]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").map(str::parse);
        match address {
            Some(Ok(address)) => Self { child, address },
            _ => panic!("wanted a service that says where it listens, found: {line:?}"),
        }
    }

    pub(crate) fn send(&self, method: &str, path: &str, user: i64) -> Sent {
        Sent::new(self.address, method, path, Some(user), None)
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        self.send("GET", path, 42).answer().good()
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        Sent::new(self.address, "POST", path, None, Some(body)).answer().good()
    }

    /// A count of the service itself.
    pub(crate) fn count(&self, name: &str) -> u64 {
        self.get("/statistics")["service"][name].as_u64().expect(name)
    }

    /// Waits until a count is so.
    #[track_caller]
    pub(crate) fn wait_for(&self, name: &str, wanted: u64) {
        eventually(&format!("{name} of {wanted}"), || self.count(name) == wanted);
    }

    /// Asks it to end, without waiting for that.
    pub(crate) fn stop(self) -> Stopping {
        let process = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &process]).status().unwrap().success());
        Stopping(self)
    }

    /// Ends it as an accident would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A service that was asked to end.
pub(crate) struct Stopping(Server);

impl Stopping {
    pub(crate) fn is_over(&mut self) -> bool {
        self.0.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end, which must be a good one.
    pub(crate) fn wait(mut self) {
        assert!(self.0.child.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be over already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program, without arguments.
pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_axum-service"))
}

/// A lock on the whole database: whoever reads or writes waits until it is given back.
pub(crate) struct Hold(Connection);

impl Hold {
    pub(crate) fn on(data: &Folder) -> Self {
        let connection = Connection::open(data.path().join("service.db")).unwrap();
        connection.busy_timeout(LIMIT).unwrap();
        connection.execute_batch("BEGIN EXCLUSIVE").unwrap();
        Self(connection)
    }

    /// Lets the others go on, after these statements.
    pub(crate) fn release(self, statements: &str) {
        self.0.execute_batch(statements).unwrap();
        self.0.execute_batch("COMMIT").unwrap();
    }
}

/// Polls until something is so.
#[track_caller]
pub(crate) fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let step = Duration::from_millis(5);
    for _ in 0..LIMIT.as_millis() / step.as_millis() {
        if is_so() {
            return;
        }
        std::thread::sleep(step);
    }
    panic!("wanted, and never found: {what}");
}
