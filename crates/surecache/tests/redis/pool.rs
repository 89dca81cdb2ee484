//! How many connections there are, and whose.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use surecache::driver::Core;
use surecache::stores::{Redis, RedisOptions};
use surecache::{BlockingCache, SystemClock};
use surecache_testkit::RedisServer;

use crate::ground::{LIMIT, NAMESPACE, Table, cache, config, connections, outcomes, until};

/// Who finds all connections in use waits, and nobody is refused.
#[test]
fn twenty_threads_share_two_connections() {
    let server = RedisServer::start();
    let config = config().with_max_connections(2);
    let cache = BlockingCache::open(&server.location(), config).unwrap();
    let (table, is_over) = (Table::new("old"), AtomicBool::new(false));
    let most = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut most = 0;
            while !is_over.load(Ordering::SeqCst) {
                most = most.max(connections(&server, "surecache"));
            }
            most
        });
        let reader = || {
            for id in 0..200 {
                assert_eq!(table.read(&cache, id), format!("old {id}"));
            }
        };
        let readers: Vec<_> = (0..20).map(|_| scope.spawn(reader)).collect();
        let ends: Vec<_> = readers.into_iter().map(|reader| reader.join()).collect();
        is_over.store(true, Ordering::SeqCst);
        assert!(ends.iter().all(Result::is_ok));
        watcher.join().unwrap()
    });
    assert_eq!(most, 2);
    assert_eq!(table.loads(), 200);
    assert_eq!(outcomes(&cache, "unavailable"), 0);
}

/// Among them what the location does not say.
#[test]
fn stores_with_different_settings_have_connections_of_their_own() {
    let server = RedisServer::start();
    let options = RedisOptions::parse(&server.location()).unwrap();
    let stores = ["one", "other"].map(|name| {
        let options = options.clone().with_client_name(name).unwrap();
        let store = Arc::new(Redis::open(options, NAMESPACE, Arc::new(SystemClock)).unwrap());
        BlockingCache::new(Core::with_store(store, &config()).unwrap())
    });
    let table = Table::new("old");
    for cache in stores.iter().chain(&stores) {
        assert_eq!(table.read(cache, 1), "old 1");
    }
    assert_eq!(table.loads(), 1);
    assert_eq!([connections(&server, "one"), connections(&server, "other")], [1, 1]);
}

/// What is not used any more is closed.
#[test]
fn a_cache_that_is_dropped_closes_its_connections() {
    let server = RedisServer::start();
    let dropped = cache(&server.location());
    Table::new("old").read(&dropped, 1);
    assert_eq!(connections(&server, "surecache"), 1);
    drop(dropped);
    until("no connection", LIMIT, || connections(&server, "surecache") == 0);
}
