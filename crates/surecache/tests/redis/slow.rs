//! Replies that come slowly: a large one takes its time, one that comes byte by byte is given up.

use std::io::{self, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use surecache::driver::{Codec, Plain};
use surecache::{BlockingCache, Clock as _, Config, SystemClock};
use surecache_testkit::RedisServer;

use crate::ground::{cache, config};
use crate::relay::Relay;

/// Each byte comes within the time-out, the last of them after minutes.
#[test]
fn a_reply_that_comes_byte_by_byte_costs_a_few_time_outs() {
    let server = RedisServer::start();
    let key = stored(&server, 10_000);
    let relay = trickling(&server);
    let cache = BlockingCache::open(&relay.location(), config()).unwrap();
    let began = SystemClock.uptime();
    let error = Plain::new(cache.core()).get(key, |_| Some(())).unwrap_err();
    let took = SystemClock.uptime() - began;
    assert!(error.is_unavailable(), "{error}");
    assert!(took < Duration::from_secs(2), "{took:?}");
}

/// Four megabytes, over as many time-outs.
#[test]
fn a_large_reply_takes_more_than_a_time_out() {
    let server = RedisServer::start();
    let key = stored(&server, LARGE);
    let relay = in_steps(&server);
    let cache = BlockingCache::open(&relay.location(), impatient()).unwrap();
    let found = Plain::new(cache.core()).get(key, |found| Some(found.payload.len()));
    assert_eq!(found.unwrap(), Some(LARGE));
}

#[cfg(feature = "tokio")]
#[tokio::test]
async fn a_reply_that_comes_byte_by_byte_costs_a_task_a_few_time_outs() {
    use crate::tasks::Ground;

    let server = RedisServer::start();
    assert_eq!(Ground::at(&server.location()).read(1).await, "0 1");
    let relay = trickling(&server);
    let slow = Ground::at(&relay.location());
    let began = SystemClock.uptime();
    assert_eq!(slow.read(1).await, "0 1");
    let took = SystemClock.uptime() - began;
    assert_eq!(slow.outcomes("unavailable"), 1);
    assert!(took < Duration::from_secs(2), "{took:?}");
}

/// Puts a value of so many bytes there.
fn stored(server: &RedisServer, bytes: usize) -> &'static [u8] {
    let cache = cache(&server.location());
    let is_stored = Plain::new(cache.core()).set(KEY, Codec::Raw, &vec![7; bytes], None);
    assert!(is_stored.unwrap());
    KEY
}

/// A byte each twentieth of a second, of what is no short word.
fn trickling(server: &RedisServer) -> Relay {
    Relay::with(server, |client, reply| match reply.len() {
        ..100 => client.write_all(reply),
        _ => pass(client, reply, 1, Duration::from_millis(50)),
    })
}

fn in_steps(server: &RedisServer) -> Relay {
    Relay::with(server, |client, reply| pass(client, reply, 64 << 10, PAUSE))
}

fn pass(client: &mut TcpStream, reply: &[u8], step: usize, pause: Duration) -> io::Result<()> {
    for piece in reply.chunks(step) {
        client.write_all(piece)?;
        std::thread::sleep(pause);
    }
    Ok(())
}

fn impatient() -> Config {
    config().with_timeout(4 * PAUSE)
}

const KEY: &[u8] = b"ns:1:k";
const LARGE: usize = 4 << 20;
const PAUSE: Duration = Duration::from_millis(25);
