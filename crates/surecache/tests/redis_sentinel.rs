//! A primary, a replica and three sentinels: what a failover costs, and that nothing old is
//! believed after it.
#![cfg(feature = "redis")]
#![expect(clippy::unwrap_used, reason = "a test panics where something is amiss")]

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use surecache::stores::{Redis, RedisOptions, Store};
use surecache::{Clock as _, SystemClock, TagId};
use surecache_testkit::{Ask, RedisServer};

const SERVICE: &str = "shop";
const TAG: TagId = TagId([7; 16]);
const LIFE: Duration = Duration::from_secs(3600);
/// Far beyond what a failover takes.
const PATIENCE: Duration = Duration::from_secs(25);

struct Service {
    primary: RedisServer,
    replica: RedisServer,
    sentinels: Vec<RedisServer>,
}

impl Service {
    fn start() -> Self {
        let primary = RedisServer::on_tcp(&["--repl-diskless-sync-delay", "0"]);
        let replica = RedisServer::on_tcp(&["--replica-priority", "10"]);
        let port = primary.port().unwrap().to_string();
        replica.command(&[b"REPLICAOF", b"127.0.0.1", port.as_bytes()]);
        let sentinels = (0..3).map(|_| RedisServer::sentinel(&primary, SERVICE)).collect();
        let service = Self { primary, replica, sentinels };
        service.await_agreement();
        service
    }

    /// Until each sentinel knows the replica and the two others.
    fn await_agreement(&self) {
        let known = |sentinel: &RedisServer, what: &[u8]| {
            let told = sentinel.command(&[b"SENTINEL", what, SERVICE.as_bytes()]);
            told.as_array().map_or(0, <[_]>::len)
        };
        until("sentinels that know each other", || {
            let all = self.sentinels.iter();
            all.clone().all(|each| known(each, b"sentinels") == 2)
                && all.clone().all(|each| known(each, b"replicas") == 1)
                && info(&self.replica).contains("master_link_status:up")
        });
    }

    fn store(&self) -> Redis {
        let ports: Vec<_> = self.sentinels.iter().filter_map(RedisServer::port).collect();
        let hosts: Vec<_> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        let location = format!("redis+sentinel://{}/{SERVICE}", hosts.join(","));
        let options = RedisOptions::parse(&location).unwrap();
        Redis::open(options, "test", Arc::new(SystemClock)).unwrap()
    }
}

fn info(server: &RedisServer) -> String {
    let told = server.command(&[b"INFO", b"replication"]);
    String::from_utf8_lossy(told.as_bytes().unwrap_or_default()).into_owned()
}

#[track_caller]
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = SystemClock.uptime();
    while !is_so() {
        assert!(SystemClock.uptime() - began < PATIENCE, "wanted {what} within {PATIENCE:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The replica is cut off, a tag is ended on the primary, the primary dies: the replica that takes
/// its place still has the generation from before. Nobody may take it for the one now.
#[test]
fn a_failover_that_lost_an_invalidation_brings_back_no_generation() {
    let service = Service::start();
    let store = service.store();
    let before = store.establish(&[TAG], LIFE)[0];
    service.primary.command(&[b"WAIT", b"1", b"5000"]);
    service.replica.pause();
    // What would reach it through the connection that it has is lost too.
    service.primary.command(&[b"CLIENT", b"KILL", b"TYPE", b"replica"]);
    store.invalidate(&[TAG]);
    service.primary.kill();
    service.replica.resume();

    let mut after = None;
    until("a generation of the new primary", || {
        let request = surecache::stores::Request::Establish { tags: &[TAG], life: LIFE };
        match store.call(request) {
            Ok(surecache::stores::Reply::Generations(readings)) => after = readings[0],
            _ => after = None,
        }
        after.is_some()
    });
    assert!(info(&service.replica).contains("role:master"), "wanted the replica in its place");
    let after = after.unwrap();
    assert_eq!(after.generation, before.generation, "wanted a replica that missed the end");
    assert_ne!(after.incarnation, before.incarnation, "wanted another life of the service");
}

/// The old primary comes back as a replica: connections to it that were open are given up.
#[test]
fn a_primary_that_was_put_aside_is_left() {
    let service = Service::start();
    let store = service.store();
    store.establish(&[TAG], LIFE);
    service.sentinels[0].command(&[b"SENTINEL", b"FAILOVER", SERVICE.as_bytes()]);
    until("another primary", || info(&service.replica).contains("role:master"));
    until("the old one as a replica", || info(&service.primary).contains("role:slave"));
    let key = surecache::stores::EntryKey::plain(b"test:1:k");
    until("a put on the new primary", || {
        let request = surecache::stores::Request::Put {
            entry: &key,
            bytes: b"value",
            expires_unix_ms: u64::MAX,
            condition: surecache::stores::Condition::Always,
        };
        matches!(store.call(request), Ok(surecache::stores::Reply::Put(_)))
    });
    let found = service.replica.command(&[b"GET", b"test:1:k"]);
    assert_eq!(found.as_bulk(), Some(&b"value"[..]));
}

#[test]
fn a_service_that_no_sentinel_knows_is_named() {
    let service = Service::start();
    let port = service.sentinels[0].port().unwrap();
    let location = format!("redis+sentinel://127.0.0.1:{port}/other");
    let options = RedisOptions::parse(&location).unwrap();
    let store = Redis::open(options, "test", Arc::new(SystemClock)).expect("it names no files");
    let error = store.call(surecache::stores::Request::Reports).unwrap_err();
    assert!(error.is_unavailable());
    assert!(error.to_string().contains("the service other"), "{error}");
}
