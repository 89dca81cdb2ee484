//! The process of a server, which never outlives the test program.
//!
//! The kernel kills it when its parent ends, however that happens: `PR_SET_PDEATHSIG`. For the
//! kernel the parent is the thread that forked, and the threads of tests end with their tests;
//! so one thread that ends with the program starts them all.

use std::env;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, SyncSender, channel, sync_channel};
use std::thread;

use rustix::process::{
    Pid, Signal, WaitOptions, getpid, getppid, kill_process, set_parent_process_death_signal,
    waitpid,
};

/// A process that is killed and reaped when dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a program; what it writes goes to `log`.
    pub(super) fn spawn(mut command: Command, log: &Path) -> Self {
        let outputs = File::create(log).and_then(|file| Ok((file.try_clone()?, file)));
        let (out, err) = outputs.unwrap_or_else(|error| panic!("wanted a log: {error}"));
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        let name = command.get_program().to_string_lossy().into_owned();
        match start(command) {
            Ok(child) => Self { child, log: log.to_owned() },
            Err(error) if error.kind() == io::ErrorKind::NotFound => panic!(
                "wanted {name} on the path, found none\nhint: apt-get install {name}, or make test"
            ),
            Err(error) => panic!("wanted {name} to start: {error}"),
        }
    }

    /// What it wrote, where it has ended by itself.
    pub(super) fn ended(&mut self) -> Option<String> {
        matches!(self.child.try_wait(), Ok(Some(_))).then(|| self.log())
    }

    /// What it wrote.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Stops it, and waits until it has stopped: a signal takes its time.
    pub(super) fn pause(&self) {
        self.signal(Signal::STOP);
        match waitpid(Some(self.id()), WaitOptions::UNTRACED) {
            Ok(Some((_, status))) if status.stopped() => {}
            other => panic!("wanted the server to stop, found: {other:?}"),
        }
    }

    pub(super) fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        if let Err(error) = kill_process(self.id(), signal) {
            panic!("wanted to send {signal:?} to the server: {error}");
        }
    }

    fn id(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program, without options.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests may name another server")]
pub(super) fn command() -> Command {
    Command::new(env::var("SURECACHE_REDIS_SERVER").unwrap_or_else(|_| "redis-server".to_owned()))
}

/// Has the one thread start a program.
fn start(mut command: Command) -> io::Result<Child> {
    static STARTER: OnceLock<(Pid, Sender<Order>)> = OnceLock::new();
    let program = getpid();
    let (owner, starter) = STARTER.get_or_init(|| (program, starter()));
    assert!(*owner == program, "a forked child cannot start a server: start it before forking");
    let dies_with_its_parent = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // The parent may have ended before that.
        if getppid() == Some(program) { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    };
    // SAFETY: between fork and exec it makes two system calls and neither allocates nor locks.
    #[expect(unsafe_code, reason = "runs in the child, before it becomes the program")]
    unsafe {
        command.pre_exec(dies_with_its_parent);
    }
    let (answer, answered) = sync_channel(1);
    let sent = starter.send(Order { command, answer });
    match sent.ok().and_then(|()| answered.recv().ok()) {
        Some(started) => started,
        None => panic!("wanted the thread that starts servers, found that it ended"),
    }
}

#[expect(clippy::disallowed_methods, reason = "the thread lives as long as the program")]
fn starter() -> Sender<Order> {
    let (orders, ordered) = channel::<Order>();
    thread::spawn(move || {
        for mut order in ordered {
            // Whoever gave the order waits for the answer.
            let _ = order.answer.send(order.command.spawn());
        }
    });
    orders
}

struct Order {
    command: Command,
    answer: SyncSender<io::Result<Child>>,
}
