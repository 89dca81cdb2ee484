//! Entries that other programs write too, with commands of their own and no word of leases.

use std::time::Duration;

use surecache::driver::{Codec, Form, Plain, PlainEdit};
use surecache::stores::{
    Acquired, Acted, Condition, EntryKey, Mark, Native, Put, Redis, RedisOptions, Reply, Request,
    Store, Token,
};
use surecache::{Clock as _, SystemClock};
use surecache_testkit::{Ask as _, RedisServer};

use crate::ground::{cache, tell, text};

const KEY: &str = "ns:1:k";
const PERIOD: Duration = Duration::from_secs(60);

fn store(server: &RedisServer) -> (Redis, EntryKey) {
    let options = RedisOptions::parse(&server.location()).unwrap();
    let store = Redis::open(options, "ns", std::sync::Arc::new(SystemClock)).unwrap();
    (store, EntryKey::plain(KEY.as_bytes()))
}

fn act(store: &Redis, entry: &EntryKey, act: Native<'_>) -> Acted {
    match store.call(Request::Native { entry, act }).unwrap() {
        Reply::Native(acted) => acted,
        other => panic!("{other:?}"),
    }
}

fn take(store: &Redis, entry: &EntryKey, token: Token) {
    assert!(matches!(store.acquire(entry, token, PERIOD), Acquired::Taken { .. }));
}

/// The other program's write voids no lease: `take, their SET, our put` would store what was
/// loaded before it.
#[test]
fn a_load_stores_over_nothing_that_was_written_since_its_lease() {
    let server = RedisServer::start();
    let ((store, entry), token) = (store(&server), Token([1; 16]));
    take(&store, &entry, token);
    tell(&server, "SET ns:1:k theirs");
    assert_eq!(store.put(&entry, b"ours", Condition::Leased(token)), Put::Fenced);
    // Who waits for that load need not wait for its lease to run out.
    take(&store, &entry, Token([9; 16]));
    // Nor over another value in the place of one that was there already.
    let token = Token([2; 16]);
    store.delete(std::slice::from_ref(&entry));
    tell(&server, "SET ns:1:k useless");
    take(&store, &entry, token);
    tell(&server, "SET ns:1:k theirs");
    assert_eq!(store.put(&entry, b"ours", Condition::Leased(token)), Put::Fenced);
    assert_eq!(text(&server, "GET ns:1:k"), "theirs");
}

#[test]
fn a_load_stores_over_what_stood_there_and_where_nothing_is() {
    let server = RedisServer::start();
    let ((store, entry), token) = (store(&server), Token([1; 16]));
    tell(&server, "SET ns:1:k useless");
    for change in ["PERSIST ns:1:k", "DEL ns:1:k", "PING"] {
        take(&store, &entry, token);
        tell(&server, change);
        assert_eq!(store.put(&entry, b"ours", Condition::Leased(token)), Put::Stored);
    }
    assert_eq!(text(&server, "GET ns:1:k"), "ours");
}

#[test]
fn numbers_are_counted_to_the_last_digit_or_not_at_all() {
    let server = RedisServer::start();
    let (store, entry) = store(&server);
    let count = |delta| act(&store, &entry, Native::Count { delta, start: None });
    assert_eq!(count(1), Acted::Missing);
    // Beyond what a floating-point number, as scripts have them, can tell apart.
    tell(&server, "SET ns:1:k 9007199254740992 PX 50000");
    assert_eq!(count(1), Acted::Number(9_007_199_254_740_993));
    assert_eq!(count(i64::MAX), Acted::Overflow);
    assert_eq!(count(i64::MIN), Acted::Number(i64::MIN + 9_007_199_254_740_993));
    assert_eq!(count(i64::MIN), Acted::Overflow);
    assert!(matches!(act(&store, &entry, Native::Left), Acted::Left(Some(_))));
    tell(&server, "SET ns:1:k text");
    assert_eq!(count(1), Acted::NotANumber);
    tell(&server, "DEL ns:1:k");
    tell(&server, "RPUSH ns:1:k 1");
    assert_eq!(count(1), Acted::NotANumber);
    tell(&server, "DEL ns:1:k");
    // What INCRBY does not count is no number, though it could be read as one.
    for text in ["007", "+5", "-0"] {
        tell(&server, &format!("SET ns:1:k {text}"));
        assert_eq!(count(1), Acted::NotANumber, "{text}");
    }
    tell(&server, "DEL ns:1:k");
    let begun = Native::Count { delta: -3, start: Some(5) };
    assert_eq!(act(&store, &entry, begun), Acted::Number(2));
    assert_eq!(act(&store, &entry, begun), Acted::Number(-1));
    assert_eq!(text(&server, "GET ns:1:k"), "-1");
}

#[test]
fn a_count_ends_the_lease() {
    let server = RedisServer::start();
    let ((store, entry), token) = (store(&server), Token([1; 16]));
    tell(&server, "SET ns:1:k 1");
    take(&store, &entry, token);
    assert_eq!(act(&store, &entry, Native::Count { delta: 1, start: None }), Acted::Number(2));
    assert!(!store.renew(&entry, token, PERIOD));
}

#[test]
fn an_expiry_is_given_to_what_was_read() {
    let server = RedisServer::start();
    let (store, entry) = store(&server);
    let expire = |seen: &[u8], expires_unix_ms| {
        act(&store, &entry, Native::Expire { mark: Mark::of(seen), expires_unix_ms })
    };
    assert_eq!(expire(b"", u64::MAX), Acted::Changed);
    tell(&server, "SET ns:1:k value");
    let soon = SystemClock.unix_ms() + 50_000;
    assert_eq!(expire(b"valuf", soon), Acted::Changed);
    assert_eq!(act(&store, &entry, Native::Left), Acted::Left(None));
    assert_eq!(expire(b"value", soon), Acted::Done);
    let Acted::Left(Some(left)) = act(&store, &entry, Native::Left) else { panic!("no expiry") };
    assert!(left > Duration::from_secs(40) && left <= Duration::from_secs(50), "{left:?}");
    assert_eq!(expire(b"value", u64::MAX), Acted::Done);
    assert_eq!(act(&store, &entry, Native::Left), Acted::Left(None));
    assert_eq!(expire(b"value", 1), Acted::Done);
    assert_eq!(act(&store, &entry, Native::Left), Acted::Missing);
}

/// What is exchanged says its own expiry: one that was prolonged meanwhile is looked at again.
#[test]
fn an_exchange_is_made_only_with_what_was_seen() {
    let server = RedisServer::start();
    let (store, entry) = store(&server);
    let exchange = |seen: &[u8], left: Option<u64>| {
        let left = left.map(Duration::from_secs);
        act(&store, &entry, Native::Exchange { seen, bytes: b"new", left })
    };
    assert_eq!(exchange(b"old", None), Acted::Changed);
    tell(&server, "SET ns:1:k old PX 50000");
    assert_eq!(exchange(b"olx", None), Acted::Changed);
    assert_eq!(exchange(b"old", Some(40)), Acted::Changed);
    assert_eq!(exchange(b"old", Some(50)), Acted::Done);
    assert_eq!(text(&server, "GET ns:1:k"), "new");
    assert!(matches!(act(&store, &entry, Native::Left), Acted::Left(Some(_))));
    tell(&server, "SET ns:1:k old");
    assert_eq!(exchange(b"old", Some(50)), Acted::Changed);
    assert_eq!(exchange(b"old", None), Acted::Done);
    assert_eq!(act(&store, &entry, Native::Left), Acted::Left(None));
}

/// A foreign number becomes a sealed one between the question and the answer, and back.
#[test]
fn what_is_sealed_is_counted_sealed() {
    let server = RedisServer::start();
    let cache = cache(&server.location());
    let key = format!("{}:1:k", crate::ground::NAMESPACE).into_bytes();
    let (mixed, sealed) = (Plain::new(cache.core()), Plain::new(cache.core()));
    let mixed = mixed.with_form(Form::Mixed);
    assert!(sealed.set(&key, Codec::Integer, b"5", None).unwrap());
    assert_eq!(mixed.count(&key, 1, None).unwrap(), PlainEdit::Done(Some(6)));
    assert_eq!(sealed.count(&key, 1, None).unwrap(), PlainEdit::Done(Some(7)));
    assert!(mixed.set(&key, Codec::Foreign, b"7", None).unwrap());
    assert_eq!(sealed.count(&key, 1, None).unwrap(), PlainEdit::Missing);
    assert_eq!(mixed.count(&key, 1, None).unwrap(), PlainEdit::Done(Some(8)));
    assert!(sealed.set(&key, Codec::Foreign, b"7", None).is_err());
    // It could be read as a number, and the server does not count it.
    assert!(mixed.set(&key, Codec::Foreign, b"007", None).unwrap());
    assert_eq!(mixed.count(&key, 1, None).unwrap(), PlainEdit::NotANumber);
    assert_eq!(mixed.delete(std::slice::from_ref(&key)).unwrap(), 1);
    // What begins is sealed once nothing foreign is written.
    let leaving = Plain::new(cache.core()).with_form(Form::Leaving);
    assert_eq!(leaving.count(&key, 1, Some(0)).unwrap(), PlainEdit::Done(Some(1)));
    assert_eq!(sealed.count(&key, 1, None).unwrap(), PlainEdit::Done(Some(2)));
}

/// A change is one trip where what stands there can be guessed, and right where it cannot.
#[test]
fn what_was_guessed_wrong_is_counted_all_the_same() {
    let server = RedisServer::start();
    let cache = cache(&server.location());
    let key = format!("{}:1:k", crate::ground::NAMESPACE).into_bytes();
    let (one, other) = (Plain::new(cache.core()), Plain::new(cache.core()));
    assert_eq!(one.add(&key, Codec::Integer, b"0", None).unwrap(), PlainEdit::Done(Some(0)));
    assert_eq!(other.add(&key, Codec::Integer, b"9", None).unwrap(), PlainEdit::Exists);
    for number in 1..=100 {
        let each = if number % 3 == 0 { &other } else { &one };
        assert_eq!(each.count(&key, 1, None).unwrap(), PlainEdit::Done(Some(number)));
    }
    tell(&server, "CONFIG RESETSTAT");
    assert_eq!(one.count(&key, 1, None).unwrap(), PlainEdit::Done(Some(101)));
    assert_eq!(one.count(&key, 1, None).unwrap(), PlainEdit::Done(Some(102)));
    assert!(text(&server, "INFO commandstats").contains("cmdstat_evalsha:calls=2,"));
    assert_eq!(one.delete(std::slice::from_ref(&key)).unwrap(), 1);
    assert_eq!(one.count(&key, 1, None).unwrap(), PlainEdit::Missing);
    assert!(one.set(&key, Codec::Raw, b"text", None).unwrap());
    assert_eq!(one.count(&key, 1, None).unwrap(), PlainEdit::NotANumber);
}
