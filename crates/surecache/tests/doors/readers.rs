//! Readers in threads of their own, and a look at whether they wait.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use crate::gate::LIMIT;

/// Readers that run until each has a result.
pub(crate) struct Readers<T> {
    results: Receiver<thread::Result<T>>,
    threads: Vec<PathBuf>,
}

impl<T: Send + 'static> Readers<T> {
    /// Starts `count` readers; each is given its number, from 0.
    pub(crate) fn start(count: usize, read: impl Fn(usize) -> T + Clone + Send + 'static) -> Self {
        let (told, results) = channel();
        let (begun, begins) = channel();
        for number in 0..count {
            let (told, begun, read) = (told.clone(), begun.clone(), read.clone());
            let run = move || {
                begun.send(fs::read_link("/proc/thread-self").unwrap()).unwrap();
                let read = std::panic::AssertUnwindSafe(|| read(number));
                // Nobody listens any more where the test has failed.
                let _ = told.send(std::panic::catch_unwind(read));
            };
            thread::Builder::new().spawn(run).unwrap();
        }
        let threads = (0..count).map(|_| begins.recv().unwrap());
        Self { results, threads: threads.map(|path| PathBuf::from("/proc").join(path)).collect() }
    }

    /// Returns when every reader waits: for a flight, or at a gate.
    ///
    /// Looks that find all asleep, and none woken in between, mean that nothing moves any more but
    /// for what the test does next. Who waits for a server's answer sleeps too, but not for long;
    /// who looks now and then at another's lease is woken so often that two looks must do.
    pub(crate) fn wait_until_asleep(&self) {
        let (mut before, mut quiet) = (BTreeMap::new(), 0);
        for look in 0..LIMIT.as_millis() {
            thread::sleep(Duration::from_millis(1));
            let now: BTreeMap<_, _> =
                self.threads.iter().map(|path| (path, sleeps(path))).collect();
            quiet = if now.values().all(Option::is_some) && now == before { quiet + 1 } else { 0 };
            if quiet >= QUIET_LOOKS || quiet > 0 && look > RESTLESS_LOOKS {
                return;
            }
            before = now;
        }
        panic!("wanted readers that wait, found some that run: {before:?}");
    }

    /// The results, in the order in which they came.
    pub(crate) fn finish(self) -> Vec<T> {
        self.finish_each().into_iter().map(|result| result.expect("a reader panicked")).collect()
    }

    /// The results, panics included.
    pub(crate) fn finish_each(self) -> Vec<thread::Result<T>> {
        let count = self.threads.len();
        let result = |_| self.results.recv_timeout(LIMIT).expect("a reader that never ended");
        (0..count).map(result).collect()
    }

    /// The next result to come.
    pub(crate) fn next(&mut self) -> T {
        self.threads.pop();
        let result = self.results.recv_timeout(LIMIT).expect("a reader that never ended");
        result.expect("a reader panicked")
    }
}

/// Longer than a server takes for an answer.
const QUIET_LOOKS: u32 = 20;
/// After so many it is plain that some of them are woken again and again.
const RESTLESS_LOOKS: u128 = 300;

/// How often a thread has gone to sleep, where it sleeps now; `None` where it runs.
fn sleeps(thread: &std::path::Path) -> Option<u64> {
    // A thread that has ended has no files any more: it does not wait.
    let status = fs::read_to_string(thread.join("status")).ok()?;
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1).map(str::to_owned)
    };
    (field("State:")? == "S").then(|| field("voluntary_ctxt_switches:")?.parse().ok())?
}
