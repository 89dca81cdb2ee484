//! Servers that stop and die: readers pay a few time-outs and loads of their own.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use surecache::driver::{Codec, Core, Plain};
use surecache::stores::{Glob, Redis, RedisOptions, Store};
use surecache::{BlockingCache, Clock as _, SystemClock};
use surecache_testkit::RedisServer;

use crate::ground::{LIMIT, NAMESPACE, Table, cache, config, outcomes, row, until};

/// It accepts connections and answers none.
#[test]
fn fifty_threads_on_a_server_that_stands_still() {
    readers_in_an_outage(RedisServer::pause, RedisServer::resume);
}

/// Nothing listens.
#[test]
fn fifty_threads_on_a_server_that_was_killed() {
    readers_in_an_outage(RedisServer::kill, RedisServer::restart);
}

fn readers_in_an_outage(end: impl Fn(&RedisServer), begin: impl Fn(&RedisServer)) {
    let server = RedisServer::start();
    let (cache, loads) = (cache(&server.location()), Arc::new(Loads::default()));
    let table = Table::with("row", {
        let loads = Arc::clone(&loads);
        move |id| loads.run(id)
    });
    table.read(&cache, 0);
    end(&server);
    let longest = longest_read_of_fifty(&cache, &table);
    // Behind the load that runs comes the reader's own.
    assert!(longest < Duration::from_secs(2) + 2 * LOAD, "a read took {longest:?}");
    let most = loads.most.load(Ordering::SeqCst);
    assert!(most <= 2, "{most} loads of a key at a time");
    calls_are_cheap(&cache);
    begin(&server);
    let hits = outcomes(&cache, "hit");
    until("an answer that is found", Duration::from_secs(1), || {
        table.read(&cache, 1);
        outcomes(&cache, "hit") > hits
    });
}

fn longest_read_of_fifty(cache: &BlockingCache, table: &Table) -> Duration {
    std::thread::scope(|scope| {
        let reader = || {
            let mut longest = Duration::ZERO;
            for id in 0..20 {
                let began = SystemClock.uptime();
                assert_eq!(table.read(cache, id), format!("row {id}"));
                longest = longest.max(SystemClock.uptime() - began);
            }
            longest
        };
        let readers: Vec<_> = (0..50).map(|_| scope.spawn(reader)).collect();
        readers.into_iter().map(|reader| reader.join().unwrap()).max().unwrap()
    })
}

/// A thousand time-outs would take minutes.
fn calls_are_cheap(cache: &BlockingCache) {
    let (plain, began) = (Plain::new(cache.core()), SystemClock.uptime());
    for _ in 0..1000 {
        assert!(plain.get(b"ns:1:k", |_| Some(())).unwrap_err().is_unavailable());
    }
    let took = SystemClock.uptime() - began;
    assert!(took < Duration::from_secs(1), "1000 calls took {took:?}");
}

/// The breaker still refuses everything else when the server is back.
#[test]
fn an_invalidation_does_not_wait_for_the_breaker() {
    passes_the_breaker(|cache| cache.invalidate([row(1)]).unwrap());
}

/// The look for what matches is a part of it.
#[test]
fn deleting_what_matches_does_not_wait_for_the_breaker() {
    passes_the_breaker(|cache| {
        let deleted =
            Plain::new(cache.core()).delete_matching(&Glob::new(b"*"), b"", NonZeroU32::MIN);
        assert_eq!(deleted.unwrap().0, 0);
    });
}

fn passes_the_breaker(end: impl Fn(&BlockingCache)) {
    let server = RedisServer::start();
    let options = RedisOptions::parse(&server.location()).unwrap();
    let store = Arc::new(Redis::open(options, NAMESPACE, Arc::new(SystemClock)).unwrap());
    let cache = BlockingCache::new(Core::with_store(store.clone(), &config()).unwrap());
    let (table, mut refused) = (Table::new("row"), 0);
    // The breaker's own look at the server may come first once, and not ten times.
    for _ in 0..10 {
        server.kill();
        until("an open breaker", LIMIT, || {
            table.read(&cache, 1);
            store.is_given_up()
        });
        server.restart();
        refused += u32::from(store.is_given_up());
        end(&cache);
    }
    assert!(refused > 0);
}

/// The caller's call fails; none waits for long.
#[test]
fn where_no_server_ever_was_reads_load_and_other_calls_say_so() {
    let folder = surecache_testkit::Folder::new();
    let cache = cache(&format!("unix://{}", folder.path().join("socket").display()));
    let (plain, table) = (Plain::new(cache.core()), Table::new("row"));
    for loads in 1..=3 {
        assert_eq!((table.read(&cache, 1), table.loads()), ("row 1".to_owned(), loads));
    }
    assert_eq!(outcomes(&cache, "unavailable"), 3);
    let key = b"ns:1:k".to_vec();
    let errors = [
        plain.get(&key, |_| Some(())).unwrap_err(),
        plain.set(&key, Codec::Raw, b"value", None).unwrap_err(),
        plain.delete(&[key]).unwrap_err(),
        cache.invalidate([row(1)]).unwrap_err(),
        cache.core().clear().unwrap_err(),
    ];
    assert!(errors.iter().all(surecache::Error::is_unavailable), "{errors:?}");
}

/// Loads of a key that run at a time.
#[derive(Default)]
struct Loads {
    running: [AtomicUsize; 20],
    most: AtomicUsize,
}

impl Loads {
    /// A load, which takes its time.
    fn run(&self, id: i64) {
        let running = &self.running[usize::try_from(id).unwrap()];
        self.most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(LOAD);
        running.fetch_sub(1, Ordering::SeqCst);
    }
}

const LOAD: Duration = Duration::from_millis(5);
