//! Caches on a server, the region that they answer from, and how a test looks into a server.

use std::convert::Infallible;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use surecache::driver::Core;
use surecache::{
    BlockingCache, BlockingLoading, BlockingRegion, CacheKey, Clock as _, Config, LoadError,
    Policy, Scope, Statistics, Summary, SystemClock, Tag, Tags,
};
use surecache_resp::Value;
use surecache_testkit::RedisServer;

/// The settings of a cache in a namespace.
pub(crate) fn config_of(namespace: &str) -> Config {
    Config::new(namespace).with_secret("the secret of the tests")
}

pub(crate) fn config() -> Config {
    config_of(NAMESPACE)
}

/// A cache at a location. Two share no flights and no connections, as two processes do.
pub(crate) fn cache(location: &str) -> BlockingCache {
    BlockingCache::open(location, config()).unwrap()
}

/// What a location stands for, with a name that CLIENT LIST shows, say.
pub(crate) fn core(location: &str, config: &Config) -> Core {
    Core::open(location, config).unwrap()
}

/// The tag of a row of the table.
pub(crate) fn row(id: i64) -> Tag {
    Tag::row("rows", "id", id)
}

/// A key of the region.
#[derive(CacheKey, Clone, Copy, Debug)]
pub(crate) struct Key {
    pub(crate) id: i64,
}

/// A region whose answers depend on a row.
pub(crate) struct Answers;

/// A database with rows that all say the same, each with its number: `old 7`.
pub(crate) struct Table {
    text: Mutex<String>,
    loads: AtomicUsize,
    during: Box<dyn Fn(i64) + Send + Sync>,
}

impl Table {
    pub(crate) fn new(text: &str) -> Self {
        Self::with(text, |_| ())
    }

    /// With something that each load does after it has read.
    pub(crate) fn with(text: &str, during: impl Fn(i64) + Send + Sync + 'static) -> Self {
        let (text, loads) = (Mutex::new(text.to_owned()), AtomicUsize::new(0));
        Self { text, loads, during: Box::new(during) }
    }

    pub(crate) fn write(&self, text: &str) {
        text.clone_into(&mut self.text.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What a load gives.
    pub(crate) fn load(&self, id: i64) -> String {
        self.loads.fetch_add(1, Ordering::SeqCst);
        let text = self.text.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (self.during)(id);
        format!("{text} {id}")
    }

    pub(crate) fn loads(&self) -> usize {
        self.loads.load(Ordering::SeqCst)
    }

    /// Reads a row through a cache.
    pub(crate) fn read(&self, cache: &BlockingCache, id: i64) -> String {
        self.try_read(cache, id).unwrap()
    }

    pub(crate) fn try_read(
        &self,
        cache: &BlockingCache,
        id: i64,
    ) -> Result<String, LoadError<Infallible>> {
        cache.get_or_load(&Answers, &Key { id }, self)
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("loads", &self.loads()).finish_non_exhaustive()
    }
}

impl BlockingRegion for Answers {
    const NAME: &'static str = "answers";
    type Key = Key;
    type Value = String;
    type Origin = Table;
    type Error = Infallible;

    fn scope(&self, _key: &Key) -> Scope {
        Scope::public("a test")
    }

    fn policy(&self) -> Policy {
        policy()
    }

    fn depends_on(&self, key: &Key, tags: &mut Tags) {
        tags.row("rows", "id", key.id);
    }

    fn load(
        &self,
        key: &Key,
        table: &Table,
        _loading: &BlockingLoading<'_>,
    ) -> Result<String, Infallible> {
        Ok(table.load(key.id))
    }
}

/// Five minutes to the millisecond, with no early refresh. Whoever loses a reply waits for a lease
/// that nobody holds: a short one.
pub(crate) fn policy() -> Policy {
    let policy = Policy::new(Duration::from_secs(300)).with_lease(Duration::from_millis(200));
    Policy { jitter: 0.0, beta: 0.0, soft_share: 1.0, ..policy }
}

/// The numbers of the region in one cache.
pub(crate) fn numbers(cache: &BlockingCache) -> Summary {
    region_numbers(cache.core(), Answers::NAME)
}

/// The numbers of the plain keys of one cache.
pub(crate) fn plain_numbers(core: &Core) -> Summary {
    region_numbers(core, Statistics::PLAIN)
}

fn region_numbers(core: &Core, name: &str) -> Summary {
    core.own_statistics().regions.get(name).cloned().unwrap_or_default()
}

/// How often reads of the region ended so.
pub(crate) fn outcomes(cache: &BlockingCache, name: &str) -> u64 {
    numbers(cache).outcomes.get(name).copied().unwrap_or(0)
}

/// Asks the server with words.
pub(crate) fn ask(server: &RedisServer, words: &str) -> Value {
    let words: Vec<_> = words.split_whitespace().map(str::as_bytes).collect();
    server.command(&words)
}

/// As [`ask`], where no error is expected.
pub(crate) fn tell(server: &RedisServer, words: &str) {
    let reply = ask(server, words);
    assert!(!reply.is_error(), "{words}: {reply:?}");
}

/// A text that the server answers with, such as INFO's.
pub(crate) fn text(server: &RedisServer, words: &str) -> String {
    let reply = ask(server, words);
    String::from_utf8(reply.as_bytes().unwrap_or_else(|| panic!("{reply:?}")).to_vec()).unwrap()
}

/// The keys that match a pattern, in order.
pub(crate) fn keys(server: &RedisServer, pattern: &str) -> Vec<String> {
    let reply = server.command(&[b"KEYS", pattern.as_bytes()]).into_array().unwrap();
    let texts =
        reply.into_iter().map(|key| String::from_utf8(key.into_bulk().unwrap().into()).unwrap());
    let mut keys: Vec<_> = texts.collect();
    keys.sort();
    keys
}

/// How many generations the namespace has.
pub(crate) fn generations(server: &RedisServer) -> usize {
    keys(server, &format!("{NAMESPACE}:g:*")).len()
}

/// How many connections of this name the server has for calls: none that listens for wake-ups, nor
/// one that was greeted and not used yet.
pub(crate) fn connections(server: &RedisServer, name: &str) -> usize {
    let list = text(server, "CLIENT LIST");
    let others = ["cmd=client|setname", "cmd=subscribe", "cmd=unsubscribe"];
    let named = list.lines().filter(|line| line.contains(&format!(" name={name} ")));
    named.filter(|line| !others.iter().any(|other| line.contains(other))).count()
}

/// Waits until something is so; looks again and again.
pub(crate) fn until(what: &str, at_most: Duration, mut is_so: impl FnMut() -> bool) {
    let began = SystemClock.uptime();
    while !is_so() {
        assert!(SystemClock.uptime() - began < at_most, "within {at_most:?}: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Chances that a seed repeats, for many threads.
#[derive(Debug)]
pub(crate) struct Dice(AtomicU64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// From 0, below a limit.
    pub(crate) fn roll(&self, limit: u64) -> u64 {
        let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

pub(crate) const NAMESPACE: &str = "ns";

/// Of one answer: the namespace's, the region's, the row's, and that of too many rows to list.
pub(crate) const GENERATIONS: usize = 4;

/// No test waits longer for anything that is to come.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// Reads by one cache, whose load is `slow`, and meanwhile by the other: it waits for that load.
pub(crate) fn assert_is_shared(slow: &Table, one: &BlockingCache, other: &BlockingCache) {
    let quick = Table::new("never loaded");
    let given = std::thread::scope(|scope| {
        let first = scope.spawn(|| slow.read(one, 1));
        until("a load", LIMIT, || slow.loads() == 1);
        [quick.read(other, 1), first.join().unwrap()]
    });
    assert_eq!((given, quick.loads()), (["old 1".to_owned(), "old 1".to_owned()], 0));
}
