//! Puts and their conditions.

use surecache::Clock;
use surecache::stores::{Condition, Mark, Put, Reply, Request};

use super::{MILLI, PERIOD, Subject, assert_held, assert_taken, entry, token};
use crate::Ask;

/// The last one wins.
pub fn a_put_without_condition_overwrites(subject: &Subject) {
    let store = subject.store();
    for value in [&b"one"[..], b"two", b""] {
        assert_eq!(store.put(&entry(1), value, Condition::Always), Put::Stored);
        assert_eq!(store.entry(&entry(1)).as_deref(), Some(value));
    }
}

/// So that a load in flight does not overwrite it.
pub fn a_put_without_condition_ends_the_lease(subject: &Subject) {
    let store = subject.store();
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    assert_eq!(store.put(&entry(1), b"set", Condition::Always), Put::Stored);
    assert_eq!(store.put(&entry(1), b"loaded", Condition::Leased(token(1))), Put::Fenced);
    assert!(!store.renew(&entry(1), token(1), PERIOD));
    assert_eq!(store.entry(&entry(1)).as_deref(), Some(&b"set"[..]));
}

/// Each ends the lease on its own entry.
pub fn many_puts_at_once_end_all_their_leases(subject: &Subject) {
    let store = subject.store();
    let keys: Vec<_> = (0..300).map(entry).collect();
    let leased = [7_u8, 31, 200].map(|number| (&keys[usize::from(number)], token(number)));
    for (key, token) in leased {
        assert_taken(store.acquire(key, token, PERIOD));
    }
    let large = vec![7; 300_000];
    let expires_unix_ms = subject.clock().unix_ms() + 1000;
    let put = |(at, entry)| {
        let bytes = if at == 100 { &large[..] } else { b"set" };
        Request::Put { entry, bytes, expires_unix_ms, condition: Condition::Always }
    };
    let requests: Vec<_> = keys.iter().enumerate().map(put).collect();
    for reply in store.call_many(&requests) {
        assert!(matches!(reply, Ok(Reply::Put(Put::Stored))), "{reply:?}");
    }
    for (key, token) in leased {
        assert_eq!(store.put(key, b"loaded", Condition::Leased(token)), Put::Fenced);
    }
    assert_eq!(store.entry(&keys[100]), Some(large.clone()));
    let found = store.fetch_many(&keys, &[]).0;
    assert_eq!(found.iter().flatten().filter(|bytes| *bytes == b"set").count(), 299);
    subject.clock().advance(MILLI * 1000);
    assert_eq!(store.fetch_many(&keys, &[]).0, vec![None; 300]);
}

/// The replies come in their order; the steps may be made in any.
pub fn many_requests_at_once_are_each_a_step_of_their_own(subject: &Subject) {
    let store = subject.store();
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    assert_eq!(store.put(&entry(4), b"to go", Condition::Always), Put::Stored);
    let (entries, token) = ([1, 2, 3, 4].map(entry), token(1));
    let put = |at: usize, bytes, condition| {
        let (entry, expires_unix_ms) = (&entries[at], u64::MAX);
        Request::Put { entry, bytes, expires_unix_ms, condition }
    };
    let requests = [
        put(1, b"not leased", Condition::Leased(token)),
        put(0, b"leased", Condition::Leased(token)),
        put(2, b"set", Condition::Always),
        Request::Delete { entries: &entries[3..] },
    ];
    let replies: Vec<_> = store.call_many(&requests).into_iter().map(Result::unwrap).collect();
    let told = format!("{replies:?}");
    assert_eq!(told, "[Put(Fenced), Put(Stored), Put(Stored), Deleted(1)]");
    let found = [1, 2, 3, 4].map(|number| store.entry(&entry(number)));
    assert_eq!(found, [Some(b"leased".to_vec()), None, Some(b"set".to_vec()), None]);
}

/// One load, one put.
pub fn a_leased_put_stores_and_ends_the_lease(subject: &Subject) {
    let store = subject.store();
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    assert_eq!(store.put(&entry(1), b"one", Condition::Leased(token(1))), Put::Stored);
    assert_eq!(store.entry(&entry(1)).as_deref(), Some(&b"one"[..]));
    assert_eq!(store.put(&entry(1), b"two", Condition::Leased(token(1))), Put::Fenced);
    assert_taken(store.acquire(&entry(1), token(2), PERIOD));
}

/// Held by nobody, by another, or given back.
pub fn a_leased_put_is_fenced_without_the_lease(subject: &Subject) {
    let store = subject.store();
    let put = || store.put(&entry(1), b"value", Condition::Leased(token(1)));
    assert_eq!(put(), Put::Fenced);
    assert_taken(store.acquire(&entry(1), token(2), PERIOD));
    assert_eq!(put(), Put::Fenced);
    store.release(&entry(1), token(2));
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    store.release(&entry(1), token(1));
    assert_eq!(put(), Put::Fenced);
    assert_eq!(store.entry(&entry(1)), None);
}

/// A stopped process that wakes up late stores nothing, even where nobody took over.
pub fn a_leased_put_is_fenced_after_its_period(subject: &Subject) {
    let store = subject.store();
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    assert_taken(store.acquire(&entry(2), token(2), PERIOD));
    subject.clock().advance(PERIOD - MILLI);
    assert_eq!(store.put(&entry(1), b"value", Condition::Leased(token(1))), Put::Stored);
    subject.clock().advance(MILLI);
    assert_eq!(store.put(&entry(2), b"value", Condition::Leased(token(2))), Put::Fenced);
    assert_eq!(store.entry(&entry(2)), None);
}

/// Whatever its condition was.
pub fn a_leased_put_is_fenced_after_a_put_of_another(subject: &Subject) {
    let store = subject.store();
    let conditions = [Condition::Always, Condition::Unchanged(None)];
    for (number, condition) in (1..).zip(conditions) {
        let key = entry(usize::from(number));
        assert_taken(store.acquire(&key, token(number), PERIOD));
        assert_eq!(store.put(&key, b"other", condition), Put::Stored);
        assert_eq!(store.put(&key, b"late", Condition::Leased(token(number))), Put::Fenced);
        assert_eq!(store.entry(&key).as_deref(), Some(&b"other"[..]));
    }
}

/// Nothing happens but the answer.
pub fn a_fenced_put_leaves_entry_and_lease(subject: &Subject) {
    let store = subject.store();
    assert_eq!(store.put(&entry(1), b"old", Condition::Always), Put::Stored);
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    assert_eq!(store.put(&entry(1), b"new", Condition::Leased(token(2))), Put::Fenced);
    assert_eq!(store.entry(&entry(1)).as_deref(), Some(&b"old"[..]));
    assert_held(store.acquire(&entry(1), token(3), PERIOD), token(1));
}

/// The way of `add`.
pub fn a_put_where_absent_stores_only_there(subject: &Subject) {
    let store = subject.store();
    assert_eq!(store.put(&entry(1), b"one", Condition::Unchanged(None)), Put::Stored);
    assert_eq!(store.put(&entry(1), b"two", Condition::Unchanged(None)), Put::Changed);
    assert_eq!(store.entry(&entry(1)).as_deref(), Some(&b"one"[..]));
    store.delete(&[entry(1)]);
    assert_eq!(store.put(&entry(1), b"two", Condition::Unchanged(None)), Put::Stored);
}

/// To the millisecond.
pub fn a_put_where_absent_takes_an_expired_entry_for_absent(subject: &Subject) {
    let store = subject.store();
    let expiry = subject.clock().unix_ms() + 1000;
    store.put_until(&entry(1), b"old", expiry, Condition::Always);
    subject.clock().advance(MILLI * 999);
    assert_eq!(store.put(&entry(1), b"new", Condition::Unchanged(None)), Put::Changed);
    subject.clock().advance(MILLI);
    assert_eq!(store.put(&entry(1), b"new", Condition::Unchanged(None)), Put::Stored);
    assert_eq!(store.entry(&entry(1)).as_deref(), Some(&b"new"[..]));
}

/// The way of `incr`: the mark tells whether it still is the entry that was read.
pub fn a_put_where_unchanged_compares_the_mark(subject: &Subject) {
    let store = subject.store();
    let (first, second) = (marked(1, b"first"), marked(2, b"second"));
    let was_first = Condition::Unchanged(Some(Mark::of(&first)));
    assert_eq!(store.put(&entry(1), &second, was_first), Put::Changed, "there was none");
    assert_eq!(store.put(&entry(1), &first, Condition::Always), Put::Stored);
    assert_eq!(store.put(&entry(1), &second, was_first), Put::Stored);
    assert_eq!(store.put(&entry(1), &first, was_first), Put::Changed);
    assert_eq!(store.entry(&entry(1)), Some(second));
}

/// What was read is no longer there.
pub fn a_put_where_unchanged_takes_an_expired_entry_for_absent(subject: &Subject) {
    let store = subject.store();
    let first = marked(1, b"first");
    let expiry = subject.clock().unix_ms() + 1000;
    store.put_until(&entry(1), &first, expiry, Condition::Always);
    subject.clock().advance(MILLI * 1000);
    let condition = Condition::Unchanged(Some(Mark::of(&first)));
    assert_eq!(store.put(&entry(1), b"new", condition), Put::Changed);
    assert_eq!(store.entry(&entry(1)), None);
}

/// A load that began before it must not overwrite it.
pub fn a_put_where_unchanged_ends_the_lease(subject: &Subject) {
    let store = subject.store();
    let first = marked(1, b"first");
    assert_eq!(store.put(&entry(1), &first, Condition::Always), Put::Stored);
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    let condition = Condition::Unchanged(Some(Mark::of(&first)));
    assert_eq!(store.put(&entry(1), b"swapped", condition), Put::Stored);
    assert_eq!(store.put(&entry(1), b"loaded", Condition::Leased(token(1))), Put::Fenced);
    assert_eq!(store.entry(&entry(1)).as_deref(), Some(&b"swapped"[..]));
}

/// Nothing happens but the answer.
pub fn a_put_that_found_a_change_leaves_entry_and_lease(subject: &Subject) {
    let store = subject.store();
    assert_eq!(store.put(&entry(1), b"there", Condition::Always), Put::Stored);
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    assert_eq!(store.put(&entry(1), b"new", Condition::Unchanged(None)), Put::Changed);
    assert_eq!(store.entry(&entry(1)).as_deref(), Some(&b"there"[..]));
    assert!(store.renew(&entry(1), token(1), PERIOD));
}

/// Foreign bytes may be shorter than any sealed entry.
pub fn an_entry_shorter_than_a_mark_is_compared_too(subject: &Subject) {
    let store = subject.store();
    for (number, short) in [&b""[..], b"x", &[7; Mark::BYTES - 1]].into_iter().enumerate() {
        let key = entry(number);
        assert_eq!(store.put(&key, short, Condition::Always), Put::Stored);
        let other = Condition::Unchanged(Some(Mark::of(b"other")));
        assert_eq!(store.put(&key, b"new", other), Put::Changed);
        let same = Condition::Unchanged(Some(Mark::of(short)));
        assert_eq!(store.put(&key, b"new", same), Put::Stored);
    }
}

/// Bytes that begin with a mark of their own, as a sealed entry does.
fn marked(number: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number; Mark::BYTES];
    bytes.extend_from_slice(rest);
    bytes
}
