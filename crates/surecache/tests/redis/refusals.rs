//! Servers that refuse writes while a row is invalidated. The caller is told, this process does not
//! believe the old answer any more, and the invalidation arrives once the server takes writes
//! again.

use std::fs;

use surecache::BlockingCache;
use surecache_testkit::RedisServer;

use crate::ground::{
    GENERATIONS, LIMIT, Table, cache, generations, outcomes, row, tell, text, until,
};

/// A snapshot cannot be written: its name is taken by a folder.
#[test]
fn misconf_while_a_row_is_invalidated() {
    let server = RedisServer::with(&["--save", "3600", "1"]);
    let dump = server.socket().with_file_name("dump.rdb");
    let refuse = || {
        fs::create_dir(&dump).unwrap();
        save(&server, "err");
    };
    let accept = || {
        fs::remove_dir(&dump).unwrap();
        save(&server, "ok");
    };
    refuse_while_invalidating(&server, "MISCONF", refuse, accept);
}

/// As behind a failover that made a replica of the server.
#[test]
fn readonly_while_a_row_is_invalidated() {
    let server = RedisServer::start();
    let refuse = || tell(&server, "REPLICAOF 127.0.0.1 1");
    let accept = || tell(&server, "REPLICAOF NO ONE");
    refuse_while_invalidating(&server, "READONLY", refuse, accept);
}

/// As before a failover that an operator ordered: writes hang.
#[test]
fn a_pause_of_writes_while_a_row_is_invalidated() {
    let server = RedisServer::start();
    let refuse = || tell(&server, "CLIENT PAUSE 60000 WRITE");
    let accept = || tell(&server, "CLIENT UNPAUSE");
    refuse_while_invalidating(&server, "within 250 ms", refuse, accept);
}

/// Nobody has to ask for the delivery; whoever asks gets it at once.
#[test]
fn what_was_refused_is_delivered_when_asked_for() {
    let server = RedisServer::start();
    let (here, table) = (cache(&server.location()), Table::new("old"));
    table.read(&here, 1);
    tell(&server, "REPLICAOF 127.0.0.1 1");
    assert!(here.invalidate([row(1)]).unwrap_err().is_unavailable());
    assert!(here.core().deliver().unwrap_err().is_unavailable());
    tell(&server, "REPLICAOF NO ONE");
    here.core().deliver().unwrap();
    assert_eq!(generations(&server), GENERATIONS - 1);
}

fn refuse_while_invalidating(
    server: &RedisServer,
    error: &str,
    refuse: impl Fn(),
    accept: impl Fn(),
) {
    let (here, elsewhere) = (cache(&server.location()), cache(&server.location()));
    let table = Table::new("old");
    assert_eq!([table.read(&here, 1), table.read(&elsewhere, 1)], ["old 1", "old 1"]);
    assert_eq!(outcomes(&elsewhere, "hit"), 1);
    refuse();
    table.write("new");
    let refused = here.invalidate([row(1)]).unwrap_err();
    assert!(refused.is_unavailable() && refused.to_string().contains(error), "{refused}");
    not_believed(&here, &table);
    assert_eq!(generations(server), GENERATIONS, "it was not refused");
    accept();
    until("the delivery", LIMIT, || generations(server) < GENERATIONS);
    for cache in [&elsewhere, &here] {
        let before = outcomes(cache, "hit");
        until("a new answer that is found", LIMIT, || {
            assert_eq!(table.read(cache, 1), "new 1");
            outcomes(cache, "hit") > before
        });
    }
}

fn not_believed(here: &BlockingCache, table: &Table) {
    let before = table.loads();
    for _ in 0..3 {
        assert_eq!(table.read(here, 1), "new 1");
    }
    assert_eq!(table.loads(), before + 3);
}

/// Has the server write a snapshot, and waits for how that ends.
fn save(server: &RedisServer, end: &str) {
    tell(server, "BGSAVE");
    until("the end of a snapshot", LIMIT, || {
        let status = text(server, "INFO persistence");
        status.contains(&format!("rdb_last_bgsave_status:{end}"))
            && status.contains("rdb_bgsave_in_progress:0")
    });
}
