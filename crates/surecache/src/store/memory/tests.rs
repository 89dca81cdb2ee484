use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::{Condition, Put};
use super::*;
use crate::base::SystemClock;
use crate::key::{EntryKey, TagId};

fn store(capacity: u64) -> Memory {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = format!("unit-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    Memory::named_with_capacity(&name, "test", Arc::new(SystemClock), capacity).unwrap()
}

fn key(number: usize) -> EntryKey {
    EntryKey::plain(format!("{number:08}").as_bytes())
}

fn put(store: &Memory, number: usize, length: usize) -> Put {
    let (entry, bytes) = (&key(number), &vec![7; length][..]);
    let (expires_unix_ms, condition) = (u64::MAX, Condition::Always);
    let request = Request::Put { entry, bytes, expires_unix_ms, condition };
    let Ok(Reply::Put(put)) = store.call(request) else { panic!("no answer to Put") };
    put
}

fn is_there(store: &Memory, number: usize) -> bool {
    let request = Request::Fetch { entry: &key(number), tags: &[] };
    let Ok(Reply::Fetched(fetched)) = store.call(request) else { panic!("no answer to Fetch") };
    fetched.entry.is_some()
}

fn there(store: &Memory, numbers: std::ops::Range<usize>) -> usize {
    numbers.filter(|&number| is_there(store, number)).count()
}

#[test]
fn a_full_store_evicts_and_keeps_within_its_bytes() {
    let store = store(1 << 20);
    for number in 0..5000 {
        assert_eq!(put(&store, number, 1000), Put::Stored);
    }
    let kept = there(&store, 0..5000);
    assert!(kept * 1000 < 1 << 20, "entries kept: {kept}");
    assert!(kept * 1300 > 1 << 20, "entries kept: {kept}");
}

#[test]
fn what_was_read_lately_stays_longer_than_what_was_not() {
    let store = store(1 << 20);
    for number in 0..4000 {
        put(&store, number, 1000);
        there(&store, 0..50);
    }
    let kept = there(&store, 0..50);
    assert!(kept > 40, "kept of 50 that were read all the time: {kept}");
}

#[test]
fn an_entry_beyond_the_capacity_is_not_stored_and_evicts_nothing() {
    let store = store(10_000);
    assert_eq!(put(&store, 1, 1000), Put::Stored);
    assert_eq!(put(&store, 2, 10_000), Put::Full);
    assert!(is_there(&store, 1));
    assert!(!is_there(&store, 2));
}

#[test]
fn room_is_given_back_by_deletes_overwrites_and_clears() {
    let store = store(100_000);
    for round in 0..20 {
        for number in 0..80 {
            put(&store, number, 500);
            put(&store, number, 1000);
        }
        assert_eq!(there(&store, 0..80), 80, "evicted in round {round}");
        let keys: Vec<_> = (0..80).map(key).collect();
        store.call(Request::Delete { entries: &keys }).unwrap();
    }
    for _ in 0..20 {
        for number in 0..40 {
            put(&store, number, 1000);
        }
        assert_eq!(there(&store, 0..40), 40);
        store.call(Request::Clear).unwrap();
    }
}

#[test]
fn evictions_take_no_generations() {
    let store = store(10_000);
    let tags: Vec<_> = (0..100).map(|number| TagId([number; 16])).collect();
    let life = Duration::from_secs(3600);
    store.call(Request::Establish { tags: &tags, life }).unwrap();
    for number in 0..500 {
        put(&store, number, 1000);
    }
    let request = Request::FetchMany { entries: &[], tags: &tags };
    let Ok(Reply::FetchedMany { generations, .. }) = store.call(request) else {
        panic!("no answer to FetchMany")
    };
    assert!(generations.iter().all(Option::is_some));
}

#[test]
fn a_capacity_of_nothing_or_of_two_minds_is_refused() {
    let named =
        |bytes| Memory::named_with_capacity("two minds", "ns", Arc::new(SystemClock), bytes);
    assert!(named(0).unwrap_err().is_misuse());
    assert!(named(1000).is_ok());
    assert!(named(1000).is_ok());
    let error = named(2000).unwrap_err();
    assert!(error.is_misuse());
    assert!(error.to_string().ends_with("1000 bytes before, found: 2000"), "{error}");
}
