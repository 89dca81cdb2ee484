//! The one connection that listens for wake-ups: many channels, a server that refuses them, one
//! that is not there any more without a word.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use surecache::SystemClock;
use surecache::driver::EntryKey;
use surecache::stores::{Redis, RedisOptions, Store as _};
use surecache_testkit::{RedisServer, certificate};

use crate::ground::{LIMIT, NAMESPACE, Table, ask, assert_is_shared, cache, tell, text, until};
use crate::relay::Relay;

/// A batch of waiters for what another process loads. A socket takes a few hundred words of a
/// client while the server reads none.
#[test]
fn many_are_woken_on_one_connection() {
    let server = RedisServer::start();
    many_are_woken(&server, &store(&server.location()), 2_000, "");
}

/// More than the buffers of a port take.
#[test]
fn many_are_woken_on_one_connection_over_tls() {
    let server = RedisServer::on_tls("server", &[]);
    let options = RedisOptions::parse(&server.location()).unwrap();
    let options = options.with_tls_ca_file(certificate("authority")).unwrap();
    many_are_woken(&server, &store_with(options), 15_000, &"x".repeat(1000));
}

/// A user has no channels by default, since Redis 7.
#[test]
fn a_server_that_refuses_channels_is_seldom_asked_again() {
    let server = RedisServer::start();
    let mut watch = watch(&store(&without_channels(&server)), "key");
    assert!(watch(LIMIT), "who waits is not told that nobody listens");
    let before = accepted(&server);
    assert!(!watch(Duration::from_secs(2)), "it was asked again at once");
    // The question itself.
    assert_eq!(accepted(&server), before + 1);
}

#[test]
fn who_is_not_woken_looks_by_himself() {
    let server = RedisServer::start();
    let [one, other] = [cache(&server.location()), cache(&without_channels(&server))];
    let slow = Table::with("old", move |_| {
        until("a refusal", LIMIT, || ask(&server, "ACL LOG").as_array() != Some(&[]));
    });
    assert_is_shared(&slow, &one, &other);
}

/// A firewall forgets a connection, a machine loses its power: nothing comes any more, and no end.
/// A connection on which nothing happens, and whose server is there, is kept.
#[test]
fn a_connection_that_went_silent_is_replaced() {
    let server = RedisServer::start();
    let is_over = Arc::new(AtomicBool::new(false));
    let relay = silenced(&server, Arc::clone(&is_over));
    let [cut_off, quiet] = [store(&relay.location()), store(&server.location())];
    let [mut watch, mut undisturbed] = [&cut_off, &quiet].map(|store| watch(store, "key"));
    assert!(watch(LIMIT) && undisturbed(LIMIT), "the subscriptions do not stand");
    is_over.store(true, Ordering::SeqCst);
    assert!(watch(3 * LIMIT), "nobody found out");
    assert!(!undisturbed(Duration::from_secs(1)), "a connection was replaced that was well");
    until("messages come again", LIMIT, || {
        publish_on_all(&server);
        watch(Duration::from_millis(100))
    });
}

/// The server reads nothing while all begin to watch, nor while they end it. Their keys end alike.
fn many_are_woken(server: &RedisServer, store: &Redis, count: u32, end: &str) {
    let mut first = watch(store, "key");
    assert!(first(LIMIT), "the first subscription does not stand");
    let connection = listener(server);
    server.pause();
    let mut watches: Vec<_> = (0..count).map(|id| watch(store, &format!("{id}{end}"))).collect();
    server.resume();
    until_told(&mut watches);
    publish_on_all(server);
    until_told(&mut watches);
    server.pause();
    drop(watches);
    server.resume();
    let channels = || ask(server, "PUBSUB CHANNELS").as_array().map(<[_]>::len);
    until("all but the first are left", LIMIT, || channels() == Some(1));
    assert_eq!(listener(server), connection, "the connection was replaced");
}

/// Nothing comes through the first connection that listens, once it is over.
fn silenced(server: &RedisServer, is_over: Arc<AtomicBool>) -> Relay {
    let first = Mutex::new(None::<SocketAddr>);
    Relay::with(server, move |client, reply| {
        let (peer, mut first) =
            (client.peer_addr()?, first.lock().unwrap_or_else(PoisonError::into_inner));
        if reply.windows(9).any(|word| word == b"subscribe") {
            first.get_or_insert(peer);
        }
        if *first == Some(peer) && is_over.load(Ordering::SeqCst) {
            return Ok(());
        }
        client.write_all(reply)
    })
}

/// The location of a user who may do all but listen.
fn without_channels(server: &RedisServer) -> String {
    tell(server, "ACL SETUSER u on >p ~* resetchannels +@all");
    format!("unix://u:p@{}", server.socket().display())
}

fn store(location: &str) -> Redis {
    store_with(RedisOptions::parse(location).unwrap())
}

fn store_with(options: RedisOptions) -> Redis {
    Redis::open(options, NAMESPACE, Arc::new(SystemClock)).unwrap()
}

/// Waits at most so long; true where it was told.
type Watch = Box<dyn FnMut(Duration) -> bool>;

fn watch(store: &Redis, key: &str) -> Watch {
    let entry = EntryKey::plain(format!("{NAMESPACE}:1:{key}").as_bytes());
    let mut watch = store.watch(&entry).unwrap();
    Box::new(move |at_most| watch.wait(at_most))
}

fn until_told(watches: &mut [Watch]) {
    let mut waiting: Vec<_> = watches.iter_mut().collect();
    until("all are told", LIMIT, || {
        waiting.retain_mut(|watch| !watch(Duration::ZERO));
        waiting.is_empty()
    });
}

/// As many leases end.
fn publish_on_all(server: &RedisServer) {
    let script = "for _, channel in ipairs(redis.call('PUBSUB', 'CHANNELS')) do
        redis.call('PUBLISH', channel, '')
    end";
    let reply = server.command(&[b"EVAL", script.as_bytes(), b"0"]);
    assert!(!reply.is_error(), "{reply:?}");
}

/// The number of the one connection that listens.
fn listener(server: &RedisServer) -> String {
    let list = text(server, "CLIENT LIST TYPE pubsub");
    let mut lines = list.lines();
    let (line, more) = (lines.next().unwrap(), lines.next());
    assert_eq!(more, None, "two connections listen");
    line.split(' ').next().unwrap().to_owned()
}

/// How many connections the server has accepted.
fn accepted(server: &RedisServer) -> u64 {
    let info = text(server, "INFO stats");
    let count = info.lines().find_map(|line| line.strip_prefix("total_connections_received:"));
    count.unwrap().parse().unwrap()
}
