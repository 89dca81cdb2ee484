//! What a server brings back from an earlier life, or has of another's, is not believed.

use std::sync::Arc;
use std::time::Duration;

use surecache::stores::{Redis, RedisOptions, Request, Store};
use surecache::{BlockingCache, SystemClock, TagId};
use surecache_testkit::{ManualClock, RedisServer};

use crate::ground::{
    GENERATIONS, LIMIT, NAMESPACE, Table, cache, config, connections, generations, keys, outcomes,
    row, tell, text, until,
};
use crate::relay::Relay;

/// An entry and its generations are saved, invalidated, and come back with the old file.
#[test]
fn what_an_old_dump_restores_is_not_believed() {
    let server = RedisServer::start();
    let (here, table) = (cache(&server.location()), Table::new("old"));
    fill(&here, &table);
    tell(&server, "SAVE");
    write(&here, &table);
    server.restart();
    assert_eq!((generations(&server), keys(&server, "ns:r:*").len()), (GENERATIONS, 1));
    for cache in [here, cache(&server.location())] {
        gives_new(&cache, &table);
    }
}

#[test]
fn after_flushall_everything_is_loaded_again() {
    let server = RedisServer::start();
    let (here, table) = (cache(&server.location()), Table::new("old"));
    fill(&here, &table);
    table.write("new");
    tell(&server, "FLUSHALL");
    gives_new(&here, &table);
}

/// The replica is cut off, the invalidation reaches the primary only, the primary dies, and the
/// service is led to the replica.
#[test]
fn a_replica_that_missed_an_invalidation_and_was_promoted_is_not_believed() {
    let (primary, replica) = (on_tcp(), on_tcp());
    let relay = Relay::to(&primary);
    let (here, table) = (cache(&relay.location()), Table::new("old"));
    fill(&here, &table);
    replicate(&primary, &replica);
    tell(&replica, "REPLICAOF NO ONE");
    write(&here, &table);
    relay.lead_to(&replica);
    primary.kill();
    assert_eq!(generations(&replica), GENERATIONS);
    for cache in [here, cache(&replica.location())] {
        gives_new(&cache, &table);
    }
}

/// A server takes over the data of a backup that missed the invalidation, and becomes a primary
/// again. The connection stays open all the while, so that nothing but asking shows it.
#[test]
fn a_promotion_behind_an_open_connection_is_noticed_within_a_second() {
    let (server, backup) = (on_tcp(), on_tcp());
    let (clock, table) = (Arc::new(ManualClock::new()), Table::new("old"));
    let config = config().with_clock(clock.clone());
    let here = BlockingCache::open(&server.location(), config).unwrap();
    fill(&here, &table);
    replicate(&server, &backup);
    tell(&backup, "REPLICAOF NO ONE");
    write(&here, &table);
    assert_eq!(connections(&server, "surecache"), 1);
    replicate(&backup, &server);
    tell(&server, "REPLICAOF NO ONE");
    assert_eq!(generations(&server), GENERATIONS);
    assert_eq!(connections(&server, "surecache"), 1, "the connection was not kept");
    clock.advance(Duration::from_secs(1));
    gives_new(&here, &table);
}

/// The role is another one although the data are the same.
#[test]
fn a_replica_is_neither_believed_nor_given_anything() {
    let server = RedisServer::start();
    let (writer, table) = (cache(&server.location()), Table::new("old"));
    fill(&writer, &table);
    let before = (keys(&server, "*"), generations(&server));
    // There is nothing at that port: what the server has, it keeps.
    tell(&server, "REPLICAOF 127.0.0.1 1");
    table.write("new");
    let reader = cache(&server.location());
    for id in [1, 1, 2, 2] {
        assert_eq!(table.read(&reader, id), format!("new {id}"));
    }
    assert_eq!((outcomes(&reader, "unavailable"), table.loads()), (4, 5));
    assert_eq!((keys(&server, "*"), generations(&server)), before);
}

/// Whether its generation is there, or would have to be made.
#[test]
fn a_replica_is_refused_by_its_role() {
    let server = RedisServer::start();
    let options = RedisOptions::parse(&server.location()).unwrap();
    let store = Redis::open(options.clone(), NAMESPACE, Arc::new(SystemClock)).unwrap();
    let establish = |store: &Redis, tag| {
        store.call(Request::Establish { tags: &[TagId([tag; 16])], life: Duration::from_secs(60) })
    };
    establish(&store, 1).unwrap();
    tell(&server, "REPLICAOF 127.0.0.1 1");
    let store = Redis::open(options, NAMESPACE, Arc::new(SystemClock)).unwrap();
    for tag in [1, 2] {
        let error = establish(&store, tag).unwrap_err();
        assert!(error.is_unavailable(), "{error}");
        assert!(error.to_string().contains("role: slave"), "tag {tag}: {error}");
    }
}

/// Stores an old answer, which is found then.
fn fill(cache: &BlockingCache, table: &Table) {
    assert_eq!([table.read(cache, 1), table.read(cache, 1)], ["old 1", "old 1"]);
    assert_eq!((table.loads(), outcomes(cache, "hit")), (1, 1));
}

fn write(cache: &BlockingCache, table: &Table) {
    table.write("new");
    cache.invalidate([row(1)]).unwrap();
}

/// Every read gives the new row, and in the end it is found.
fn gives_new(cache: &BlockingCache, table: &Table) {
    let before = outcomes(cache, "hit");
    until("a new answer that is found", LIMIT, || {
        assert_eq!(table.read(cache, 1), "new 1");
        outcomes(cache, "hit") > before
    });
}

fn on_tcp() -> RedisServer {
    RedisServer::on_tcp(&["--repl-diskless-sync-delay", "0"])
}

/// Makes `to` a copy of `from`, which it follows.
fn replicate(from: &RedisServer, to: &RedisServer) {
    tell(to, &format!("REPLICAOF 127.0.0.1 {}", from.port().unwrap()));
    until("a copy", LIMIT, || {
        text(to, "INFO replication").contains("master_link_status:up")
            && keys(to, "*") == keys(from, "*")
    });
}
