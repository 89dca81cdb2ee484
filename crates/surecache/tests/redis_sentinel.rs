//! A primary, a replica and three sentinels: what a failover costs, and that nothing old is
//! believed after it.
#![cfg(feature = "redis")]
#![expect(clippy::unwrap_used, reason = "a test panics where something is amiss")]

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use surecache::stores::{Condition, EntryKey, Reading, Redis, RedisOptions, Reply, Request, Store};
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
        self.store_of("")
    }

    /// The store as a user of the servers with a password, such as `u:p@`, has it.
    fn store_of(&self, credentials: &str) -> Redis {
        let ports: Vec<_> = self.sentinels.iter().filter_map(RedisServer::port).collect();
        let hosts: Vec<_> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        let location = format!("redis+sentinel://{credentials}{}/{SERVICE}", hosts.join(","));
        let options = RedisOptions::parse(&location).unwrap();
        Redis::open(options, "test", Arc::new(SystemClock)).unwrap()
    }
}

/// The generation of the tag, where the store can say.
fn generation(store: &Redis) -> Option<Reading> {
    match store.call(Request::Establish { tags: &[TAG], life: LIFE }) {
        Ok(Reply::Generations(readings)) => readings[0],
        _ => None,
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
        after = generation(&store);
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
    let key = EntryKey::plain(b"test:1:k");
    until("a put on the new primary", || {
        let request = Request::Put {
            entry: &key,
            bytes: b"value",
            expires_unix_ms: u64::MAX,
            condition: Condition::Always,
        };
        matches!(store.call(request), Ok(Reply::Put(_)))
    });
    let found = service.replica.command(&[b"GET", b"test:1:k"]);
    assert_eq!(found.as_bulk(), Some(&b"value"[..]));
}

/// The network is split: the sentinels hear nothing of the primary and make another one, this
/// process still reaches it, and it still says that it is a primary. What is ended by others then,
/// it does not learn. Here it stops answering one user, the sentinels'.
#[test]
fn a_primary_that_was_replaced_and_still_answers_is_left() {
    let service = Service::start();
    for server in [&service.primary, &service.replica] {
        server.command(&[b"ACL", b"SETUSER", b"u", b"on", b">p", b"~*", b"&*", b"+@all"]);
    }
    let store = service.store_of("u:p@");
    let before = generation(&store).unwrap();
    // No way to demote it, too.
    service.primary.command(&[b"ACL", b"SETUSER", b"default", b"-ping", b"-slaveof"]);
    until("another primary", || info(&service.replica).contains("role:master"));
    assert!(info(&service.primary).contains("role:master"), "wanted two that say so");

    until("the new one's generation", || {
        generation(&store).is_some_and(|now| now.incarnation != before.incarnation)
    });
}

/// One that is down is none; two of three may be on the other side of a split.
#[test]
fn nothing_is_believed_without_a_majority_of_the_sentinels() {
    let service = Service::start();
    let store = service.store();
    let [first, second, _] = &service.sentinels[..] else { panic!("wanted three") };
    first.pause();
    // Longer than a majority's word is believed. On a busy machine some calls may be late.
    let (began, mut answered, mut late) = (SystemClock.uptime(), 0, 0);
    while SystemClock.uptime() - began < Duration::from_secs(4) {
        *if generation(&store).is_some() { &mut answered } else { &mut late } += 1;
        thread::sleep(Duration::from_millis(100));
    }
    assert!(answered > 5 * late, "wanted a majority of two: {answered} answered, {late} late");
    second.pause();
    until("no answer", || generation(&store).is_none());
    let request = Request::Invalidate { tags: &[TAG] };
    assert!(store.call(request).unwrap_err().is_unavailable());
    first.resume();
    second.resume();
    until("answers", || generation(&store).is_some());
}

#[test]
fn a_service_that_no_sentinel_knows_is_named() {
    let service = Service::start();
    let port = service.sentinels[0].port().unwrap();
    let location = format!("redis+sentinel://127.0.0.1:{port}/other");
    let options = RedisOptions::parse(&location).unwrap();
    let store = Redis::open(options, "test", Arc::new(SystemClock)).expect("it names no files");
    let error = store.call(Request::Reports).unwrap_err();
    assert!(error.is_unavailable());
    assert!(error.to_string().contains("the service other"), "{error}");
}
