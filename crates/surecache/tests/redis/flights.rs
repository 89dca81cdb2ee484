//! Replies about leases that are another's, as something in between may hand them back, while loads
//! run here: whom a reader waits for is not to be taken from them alone.

use std::convert::Infallible;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Barrier, Mutex, OnceLock};
use std::time::Duration;

use surecache::driver::Core;
use surecache::stores::{Acquired, Digest, Redis, RedisOptions, Reply, Request, Store, Token};
use surecache::{BlockingCache, BlockingLoading, BlockingRegion, Clock as _, Error, Policy, Scope};
use surecache::{SystemClock, Tags};
use surecache_testkit::RedisServer;

use crate::ground::{Key, LIMIT, NAMESPACE, Table, config, policy, until};

/// A reader loads key 1. Another asks for the lease on key 2, is told key 1's, whose generations
/// are the same, and waits; then the load of key 1 ends. What it brought is not key 2's.
#[test]
fn the_lease_of_another_key_leads_to_no_flight_of_that_key() {
    let (first, waiter) = (Arc::new(OnceLock::new()), Arc::new(OnceLock::new()));
    let (server, answer) = (RedisServer::start(), (Arc::clone(&first), Arc::clone(&waiter)));
    let cache = cache(&server, move |token, digest| {
        let (first, waiter) = &answer;
        if first.set((token, digest)).is_ok() || waiter.set(this_thread()).is_err() {
            return None;
        }
        first.get().copied()
    });
    // The load of key 1 lasts until the other reader waits.
    let table = Table::with("row", move |id| {
        if id == 1 {
            until("a waiter", LIMIT, || waiter.get().is_some_and(|thread| sleeps(thread)));
        }
    });
    let read = |id| cache.get_or_load(&Public, &Key { id }, &table).unwrap();
    let given = std::thread::scope(|scope| {
        let slow = scope.spawn(|| read(1));
        until("a lease", LIMIT, || first.get().is_some());
        let other = read(2);
        [slow.join().unwrap(), other]
    });
    assert_eq!(given, ["row 1", "row 2"]);
}

/// The lease was taken, the reply to another reader's question says so.
#[test]
fn a_reader_that_is_told_its_own_lease_does_not_wait_for_itself() {
    let (server, told) = (RedisServer::start(), OnceLock::new());
    let cache =
        cache(&server, move |token, digest| told.set(()).is_ok().then_some((token, digest)));
    let (table, began) = (Table::new("row"), SystemClock.uptime());
    assert_eq!(cache.get_or_load(&Public, &Key { id: 1 }, &table).unwrap(), "row 1");
    let took = SystemClock.uptime() - began;
    assert!(took < WAIT / 2, "it took {took:?}");
}

/// Neither of them has the lease, so neither loads.
#[test]
fn two_readers_that_are_told_each_others_lease_do_not_wait_for_each_other() {
    let (server, both) = (RedisServer::start(), Barrier::new(2));
    let asked = Mutex::new(Vec::new());
    let cache = cache(&server, move |token, digest| {
        {
            let mut asked = asked.lock().unwrap();
            if asked.len() == 2 {
                return None;
            }
            asked.push((token, digest));
        }
        both.wait();
        asked.lock().unwrap().iter().find(|(other, _)| *other != token).copied()
    });
    let (table, began) = (Table::new("row"), SystemClock.uptime());
    let read = || cache.get_or_load(&Public, &Key { id: 1 }, &table).unwrap();
    let given = std::thread::scope(|scope| {
        let other = scope.spawn(read);
        [read(), other.join().unwrap()]
    });
    let took = SystemClock.uptime() - began;
    assert_eq!(given, ["row 1", "row 1"]);
    assert!(took < WAIT / 2, "it took {took:?}");
}

/// A cache whose questions for leases may be answered by a rule: held, by whom it says.
fn cache(
    server: &RedisServer,
    rule: impl Fn(Token, Digest) -> Held + Send + Sync + 'static,
) -> BlockingCache {
    let options = RedisOptions::parse(&server.location()).unwrap();
    let redis = Redis::open(options, NAMESPACE, Arc::new(SystemClock)).unwrap();
    let store = Arc::new(Misled { redis, rule: Box::new(rule) });
    BlockingCache::new(Core::with_store(store, &config()).unwrap())
}

/// A lease as it is told, `None` for what the server says.
type Held = Option<(Token, Digest)>;

struct Misled {
    redis: Redis,
    rule: Box<dyn Fn(Token, Digest) -> Held + Send + Sync>,
}

impl Store for Misled {
    fn call(&self, request: Request<'_>) -> Result<Reply, Error> {
        if let Request::Acquire { token, digest, .. } = request
            && let Some((token, digest)) = (self.rule)(token, digest)
        {
            return Ok(Reply::Acquired(Acquired::Held { token, digest }));
        }
        self.redis.call(request)
    }

    fn pace(&self) -> Duration {
        self.redis.pace()
    }

    fn is_local(&self) -> bool {
        false
    }
}

impl fmt::Debug for Misled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Misled").field("redis", &self.redis).finish_non_exhaustive()
    }
}

/// A region whose answers depend on no row: all keys have the same generations.
struct Public;

impl BlockingRegion for Public {
    const NAME: &'static str = "public";
    type Key = Key;
    type Value = String;
    type Origin = Table;
    type Error = Infallible;

    fn scope(&self, _key: &Key) -> Scope {
        Scope::public("a test")
    }

    fn policy(&self) -> Policy {
        policy().with_wait(WAIT)
    }

    fn depends_on(&self, _key: &Key, _tags: &mut Tags) {}

    fn load(
        &self,
        key: &Key,
        table: &Table,
        _: &BlockingLoading<'_>,
    ) -> Result<String, Infallible> {
        Ok(table.load(key.id))
    }
}

/// The longest that a reader waits for somebody else's load.
const WAIT: Duration = Duration::from_secs(4);

fn this_thread() -> PathBuf {
    PathBuf::from("/proc").join(fs::read_link("/proc/thread-self").unwrap())
}

/// A thread without files has ended: it waits for nobody.
fn sleeps(thread: &Path) -> bool {
    fs::read_to_string(thread.join("status")).is_ok_and(|status| status.contains("State:\tS"))
}
