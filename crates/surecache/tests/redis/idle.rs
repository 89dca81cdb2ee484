//! Connections that somebody else closed while nobody used them.

use std::sync::Arc;
use std::time::Duration;

use surecache::BlockingCache;
use surecache_testkit::{ManualClock, RedisServer};

use crate::ground::{LIMIT, Table, cache, config, connections, outcomes, tell, until};

/// As a server with `timeout 300` does, and firewalls do.
#[test]
fn a_connection_that_was_closed_while_idle_costs_no_answer() {
    let (server, clock) = (RedisServer::start(), Arc::new(ManualClock::new()));
    let config = config().with_clock(clock.clone());
    let cache = BlockingCache::open(&server.location(), config).unwrap();
    let table = Table::new("old");
    assert_eq!(table.read(&cache, 1), "old 1");
    for hits in 1..=3 {
        kill_all(&server);
        clock.advance(Duration::from_secs(2));
        assert_eq!(table.read(&cache, 1), "old 1");
        assert_eq!(outcomes(&cache, "hit"), hits, "the store was not asked again");
    }
}

/// Less than a second later nobody looks: the answer is loaded, and the next is found.
#[test]
fn a_connection_that_was_closed_a_moment_ago_costs_one_load() {
    let server = RedisServer::start();
    let (cache, table) = (cache(&server.location()), Table::new("old"));
    assert_eq!(table.read(&cache, 1), "old 1");
    kill_all(&server);
    assert_eq!([table.read(&cache, 1), table.read(&cache, 1)], ["old 1", "old 1"]);
    assert!(table.loads() <= 2);
    assert!(outcomes(&cache, "hit") >= 1);
}

/// Closes the connections of all callers.
pub(crate) fn kill_all(server: &RedisServer) {
    tell(server, "CLIENT KILL TYPE normal");
    until("no connection", LIMIT, || connections(server, "surecache") == 0);
}
