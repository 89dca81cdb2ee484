//! Scenes of `tests/peers` on caches of Rust programs. Prints what was observed, as JSON.
//!
//! - `surecache-peers moka` and `surecache-peers foyer` play `late-load`: a load has read the old
//!   row; the answer is ended, and that call returns; then the load ends.
//! - `surecache-peers redis SOCKET KEY` reads a key of a server twice, with what redis-rs keeps
//!   near.

mod near;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use foyer_memory::{Cache, CacheBuilder};
use tokio::runtime::Builder;

const KEY: &str = "key";
const OLD: &str = "old";

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let is_kept = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["foyer"] => foyer(),
        ["moka"] => moka(),
        ["redis", socket, key] => near::read_twice(socket, key),
        _ => panic!("wanted moka, foyer, or redis with a socket and a key, found: {words:?}"),
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
