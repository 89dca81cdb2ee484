//! Collections that a server keeps, where it refuses a word about them, and where another program
//! takes them away between two words.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use surecache::driver::{Answer, Codec, Command, Operation, Plain, PlainEdit};
use surecache_testkit::RedisServer;

use crate::ground::{ask, cache, tell};
use crate::relay::Relay;

const KEY: &[u8] = b"ns:1:k";
const HOUR: Duration = Duration::from_secs(3600);

/// Keys at a server, with a set under [`KEY`].
fn plain(location: &str) -> Plain {
    let plain = Plain::new(cache(location).core());
    let command = Command { operation: Operation::SetAdd, members: vec![vec![1]] };
    assert_eq!(plain.collect(&[KEY.to_vec()], command).unwrap(), Answer::Count(1));
    plain
}

fn left(server: &RedisServer) -> i64 {
    ask(server, "PTTL ns:1:k").as_integer().unwrap()
}

/// As behind a failover that made a replica of the server: `EXISTS` is answered there, `PERSIST`
/// is not, and the answer to the first alone looks as if all were done.
#[test]
fn an_expiry_that_the_server_refuses_to_change_is_an_error() {
    let server = RedisServer::start();
    let plain = plain(&server.location());
    assert_eq!(plain.touch(KEY, Some(HOUR)).unwrap(), PlainEdit::Done(None));
    tell(&server, "REPLICAOF 127.0.0.1 1");
    for ttl in [None, Some(2 * HOUR)] {
        let refused = plain.touch(KEY, ttl).unwrap_err();
        assert!(refused.is_unavailable() && refused.to_string().contains("READONLY"), "{refused}");
    }
    tell(&server, "REPLICAOF NO ONE");
    assert!((1..=3_600_000).contains(&left(&server)));
    assert_eq!(plain.touch(KEY, None).unwrap(), PlainEdit::Done(None));
    assert_eq!(left(&server), -1);
}

/// `GET` finds a set; the other program deletes it, or puts a value in its place; `TYPE` is told of
/// neither.
#[test]
fn a_collection_that_goes_while_it_is_read_is_a_miss() {
    for change in ["DEL ns:1:k", "SET ns:1:k theirs"] {
        let relay = changing(change);
        let plain = plain(&relay.location());
        assert_eq!(plain.get(KEY, |_| Some(())).unwrap(), None, "{change}");
        // What stays of it is no answer to anything that comes later.
        assert!(plain.set(KEY, Codec::Raw, b"ours", None).unwrap());
        assert_eq!(plain.get(KEY, |_| Some(())).unwrap(), Some(()));
    }
}

/// Likewise for who gives it another expiry, or asks for the one it has.
#[test]
fn a_collection_that_goes_while_its_expiry_is_looked_at_is_missing() {
    let relay = changing("DEL ns:1:k");
    assert_eq!(plain(&relay.location()).touch(KEY, Some(HOUR)).unwrap(), PlainEdit::Missing);
    assert_eq!(plain(&relay.location()).expiry(KEY).unwrap(), None);
}

/// The way to a server of its own, where another program makes a change whenever the server has
/// found a collection, and before that is told.
fn changing(change: &'static str) -> Relay {
    let server = Arc::new(RedisServer::start());
    Relay::with(&Arc::clone(&server), move |client, reply| {
        if reply.starts_with(b"-WRONGTYPE") {
            tell(&server, change);
        }
        client.write_all(reply)
    })
}
