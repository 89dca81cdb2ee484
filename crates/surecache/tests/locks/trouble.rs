//! A store that fails, or is full of other things.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use surecache::driver::Core;
use surecache::stores::{Memory, Redis, RedisOptions, Request, Store};
use surecache::{BlockingCache, Config, SystemClock};
use surecache_resp::Value;
use surecache_testkit::{Fault, FaultyStore, RedisServer, unique_name};

use crate::ground::{Ground, HOUR_MS, LEASE, LIMIT, fixed, renewed, until};

/// A cache on a store that fails as `rule` says.
fn faulty(name: &str, rule: impl FnMut(&Request<'_>) -> Fault + Send + 'static) -> BlockingCache {
    on(FaultyStore::new(Memory::named(name, "ns", Arc::new(SystemClock))).with_rule(rule))
}

fn on(store: FaultyStore<impl Store + 'static>) -> BlockingCache {
    let config = Config::new("ns").with_secret("the secret of the tests");
    BlockingCache::new(Core::with_store(Arc::new(store), &config).unwrap())
}

#[test]
fn a_server_that_is_down_is_an_error_at_once() {
    let server = RedisServer::start();
    let cache = Ground::at(server.location(), None).cache();
    let held = cache.lock("held").acquire().unwrap();
    drop(server);
    for _ in 0..10 {
        // For ever, if it waited.
        assert!(cache.lock("k").acquire().unwrap_err().is_unavailable());
    }
    assert!(cache.lock("k").is_locked().unwrap_err().is_unavailable());
    assert!(held.release().unwrap_err().is_unavailable());
}

/// The store has given the lock, and its reply was lost: nobody knows that he holds it.
#[test]
fn a_lock_whose_reply_was_lost_is_given_back() {
    let (name, mut asked) = (unique_name(), 0);
    let cache = faulty(&name, move |request| match request {
        Request::Lock { .. } if asked == 0 => {
            asked += 1;
            Fault::FailAfter
        }
        _ => Fault::None,
    });
    let lock = cache.lock("k").with_term(fixed(HOUR_MS));
    assert!(lock.acquire().unwrap_err().is_unavailable());
    lock.acquire_within(LIMIT).unwrap().unwrap().release().unwrap();
}

/// Who releases is told that the store was not reached; the lock comes free all the same.
#[test]
fn a_release_that_the_store_did_not_take_is_tried_again() {
    let (name, mut asked) = (unique_name(), 0);
    let cache = faulty(&name, move |request| match request {
        Request::Unlock { .. } if asked == 0 => {
            asked += 1;
            Fault::FailBefore
        }
        _ => Fault::None,
    });
    let lock = cache.lock("k").with_term(fixed(HOUR_MS));
    assert!(lock.acquire().unwrap().release().unwrap_err().is_unavailable());
    lock.acquire_within(LIMIT).unwrap().unwrap().release().unwrap();
}

/// The server is away for longer than a lock is given back that is not held. It has kept what it
/// had, so that the lock would be held for all of its hour.
#[test]
fn a_release_in_a_long_outage_is_made_when_the_server_is_back() {
    let server = RedisServer::with(&["--appendonly", "yes", "--appendfsync", "always"]);
    let options = RedisOptions::parse(&server.location()).unwrap();
    let store = Redis::open(options, "ns", Arc::new(SystemClock)).unwrap();
    let tries = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&tries);
    let cache = on(FaultyStore::new(store).with_rule(move |request| {
        let is_try = matches!(request, Request::Unlock { .. });
        counted.fetch_add(u32::from(is_try), Ordering::SeqCst);
        Fault::None
    }));
    let [released, dropped, kept] = ["released", "dropped", "kept"]
        .map(|name| cache.lock(name).with_term(fixed(HOUR_MS)).acquire().unwrap());
    server.kill();
    assert!(released.release().unwrap_err().is_unavailable());
    drop(dropped);
    // The first is the holder's own.
    until("four tries for each", || tries.load(Ordering::SeqCst) > 8);
    server.restart();
    let config = Config::new("ns").with_secret("the secret of the tests");
    let other = BlockingCache::open(&server.location(), config).unwrap();
    for name in ["released", "dropped"] {
        other.lock(name).acquire_within(LIMIT).unwrap().unwrap().release().unwrap();
    }
    assert!(other.lock("kept").is_locked().unwrap());
    kept.release().unwrap();
}

/// One renewal that fails is made up for by the next; where all do, the holder knows by its clock.
#[test]
fn a_holder_whose_renewals_fail_finds_its_lock_lost() {
    let (is_down, renewals) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let (down, counted) = (Arc::clone(&is_down), Arc::clone(&renewals));
    let cache = faulty(&unique_name(), move |request| match request {
        Request::Prolong { .. } => {
            let number = counted.fetch_add(1, Ordering::SeqCst);
            let fails = number == 0 || down.load(Ordering::SeqCst);
            if fails { Fault::FailBefore } else { Fault::None }
        }
        _ => Fault::None,
    });
    let held = cache.lock("k").with_term(renewed()).acquire().unwrap();
    until("it was renewed over two leases", || renewals.load(Ordering::SeqCst) > 8);
    assert!(!held.is_lost());
    is_down.store(true, Ordering::SeqCst);
    until("it is lost", || held.is_lost());
    let next = cache.lock("k").acquire_within(LIMIT).unwrap().unwrap();
    assert!(held.release().unwrap_err().is_lock_lost());
    assert!(!next.is_lost());
    next.release().unwrap();
}

/// An operator has deleted the key; a server has lost its contents.
#[test]
fn a_holder_learns_from_a_renewal_that_its_lock_is_gone() {
    let ground = Ground::redis();
    let cache = ground.cache();
    let held = cache.lock("k").with_term(renewed()).acquire().unwrap();
    let key = format!("{}:k:{{k}}:0", ground.namespace());
    assert_eq!(server(&[b"DEL", key.as_bytes()]), Value::Integer(1));
    until("it is lost", || held.is_lost());
    assert!(held.release().unwrap_err().is_lock_lost());
    // Nobody renews what is lost.
    assert!(cache.lock("k").acquire_within(LEASE * 3).unwrap().is_some());
}

/// The server was without its clock's latest hour, say: a token it gave was greater.
#[test]
fn a_fencing_token_never_falls_below_the_last_one() {
    let ground = Ground::redis();
    let fence = format!("{}:f", ground.namespace());
    let last = 9_000_000_000_000_000_u64 - 5;
    assert!(!server(&[b"SET", fence.as_bytes(), last.to_string().as_bytes()]).is_error());
    for more in 1..4 {
        let held = ground.cache().lock("k").acquire().unwrap();
        assert_eq!(held.fencing_token(), last + more);
        held.release().unwrap();
    }
}

/// What others keep there under the name is an error, and nothing is held.
#[test]
fn a_key_that_is_no_lock_is_no_lock() {
    let ground = Ground::redis();
    let key = format!("{}:k:{{k}}:0", ground.namespace());
    server(&[b"HSET", key.as_bytes(), b"field", b"value"]);
    let patience = Duration::from_millis(20);
    assert!(ground.cache().lock("k").acquire_within(patience).unwrap().is_none());
}

fn server(words: &[&[u8]]) -> Value {
    RedisServer::shared().command(words)
}
