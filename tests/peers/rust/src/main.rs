//! The scene `late-load` of `tests/peers` on caches of Rust programs: `surecache-peers SUBJECT`,
//! where SUBJECT is `moka` or `foyer`. Prints what was observed, as JSON.
//!
//! A load has read the old row; the answer is ended, and that call returns; then the load ends.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use foyer_memory::{Cache, CacheBuilder};
use tokio::runtime::Builder;

const KEY: &str = "key";
const OLD: &str = "old";

fn main() {
    let subject = std::env::args().nth(1).unwrap_or_default();
    let is_kept = match subject.as_str() {
        "foyer" => foyer(),
        "moka" => moka(),
        other => panic!("wanted moka or foyer, found: {other}"),
    };
    let observed = if is_kept { "the old value is kept" } else { "nothing old is kept" };
    println!("\"{observed}\"");
}

fn moka() -> bool {
    let cache = moka::sync::Cache::<&str, &str>::new(16);
    overlap(
        |gate| {
            cache.get_with(KEY, || gate.read_slowly());
        },
        || cache.invalidate(KEY),
    );
    cache.get(KEY) == Some(OLD)
}

fn foyer() -> bool {
    let cache: Cache<String, &str> = CacheBuilder::new(16).build();
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    overlap(
        |gate| {
            let loading = async move { Ok::<_, std::io::Error>(gate.read_slowly()) };
            let fetch = async { cache.get_or_fetch(KEY, || loading).await };
            runtime.block_on(fetch).expect("the load succeeds");
        },
        || drop(cache.remove(KEY)),
    );
    cache.get(KEY).is_some_and(|entry| *entry.value() == OLD)
}

/// Runs `load` in a thread, and `end` while it is held.
fn overlap(load: impl FnOnce(Gate) + Send, end: impl FnOnce()) {
    let (begun, has_begun) = channel();
    let (has_ended, ended) = channel();
    thread::scope(|scope| {
        scope.spawn(move || load(Gate { begun, ended }));
        has_begun.recv().expect("the load begins");
        end();
        has_ended.send(()).expect("the load is held");
    });
}

/// Holds a load that has read, until the answer is ended.
struct Gate {
    begun: Sender<()>,
    ended: Receiver<()>,
}

impl Gate {
    /// What a loader does.
    fn read_slowly(self) -> &'static str {
        let read = OLD;
        self.begun.send(()).expect("somebody waits for the load to begin");
        self.ended.recv().expect("the answer is ended");
        read
    }
}
