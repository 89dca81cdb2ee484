//! Users of a server who may not do what the store needs, and who are not let in.

use std::sync::Arc;
use std::time::Duration;

use surecache::driver::Plain;
use surecache::stores::{Redis, RedisOptions, Request, Store};
use surecache::{Error, SystemClock, TagId};
use surecache_testkit::RedisServer;

use crate::ground::{NAMESPACE, Table, cache, keys, outcomes, tell};

/// Who served a generation is part of what it stands for: without INFO nothing is stamped.
#[test]
fn a_user_without_info_has_regions_that_load_and_is_told_the_rule() {
    let server = RedisServer::start();
    tell(&server, "ACL SETUSER u on >p ~* +@all -info");
    let location = with_user(&server, "u:p");
    let (cache, table) = (cache(&location), Table::new("old"));
    for loads in 1..=3 {
        assert_eq!((table.read(&cache, 1), table.loads()), ("old 1".to_owned(), loads));
    }
    assert_eq!(outcomes(&cache, "unavailable"), 3);
    assert!(keys(&server, "ns:r:*").is_empty());
    let error = establish(&location).unwrap_err().to_string();
    assert!(error.contains("NOPERM") && error.contains("+info"), "{error}");
}

/// Plain keys need no generations.
#[test]
fn a_user_without_info_has_plain_keys() {
    let server = RedisServer::start();
    tell(&server, "ACL SETUSER u on >p ~* +@all -info");
    let cache = cache(&with_user(&server, "u:p"));
    let (plain, codec) = (Plain::new(cache.core()), surecache::driver::Codec::Raw);
    assert!(plain.set(b"ns:1:k", codec, b"value", None).unwrap());
    assert_eq!(plain.get(b"ns:1:k", |_| Some(())).unwrap(), Some(()));
}

#[test]
fn a_wrong_password_is_named_and_not_shown() {
    let server = RedisServer::with(&["--requirepass", "right"]);
    tell(&server, "ACL SETUSER u on >p ~* +@all");
    for credentials in ["u:a-wrong-one", ":a-wrong-one", "nobody:a-wrong-one"] {
        let location = with_user(&server, credentials);
        let (cache, table) = (cache(&location), Table::new("old"));
        let plain = Plain::new(cache.core());
        let error = plain.get(b"ns:1:k", |_| Some(())).unwrap_err();
        let shown = format!("{error} {error:?} {cache:?} {:?}", RedisOptions::parse(&location));
        assert!(error.is_unavailable(), "{shown}");
        assert!(error.to_string().contains("hint: give user and password"), "{shown}");
        assert!(!shown.contains("a-wrong-one"), "{shown}");
        assert_eq!(table.read(&cache, 1), "old 1");
    }
}

/// A server that lets nobody in is there: the way out is told, however often it is asked.
#[test]
fn a_wrong_password_is_named_by_every_call() {
    let server = RedisServer::with(&["--requirepass", "right"]);
    let cache = cache(&with_user(&server, ":a-wrong-one"));
    let plain = Plain::new(cache.core());
    for call in 1..=10 {
        let error = plain.get(b"ns:1:k", |_| Some(())).unwrap_err().to_string();
        assert!(error.contains("hint: give user and password"), "call {call}: {error}");
    }
}

/// The server asks for a password and gets none.
#[test]
fn a_missing_password_is_named() {
    let server = RedisServer::with(&["--requirepass", "right"]);
    let error = establish(&format!("unix://{}", server.socket().display())).unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    assert!(error.to_string().contains("hint: give user and password"), "{error}");
}

fn with_user(server: &RedisServer, credentials: &str) -> String {
    format!("unix://{credentials}@{}", server.socket().display())
}

fn establish(location: &str) -> Result<(), Error> {
    let options = RedisOptions::parse(location).unwrap();
    let store = Redis::open(options, NAMESPACE, Arc::new(SystemClock)).unwrap();
    let life = Duration::from_secs(60);
    store.call(Request::Establish { tags: &[TagId([1; 16])], life }).map(drop)
}
