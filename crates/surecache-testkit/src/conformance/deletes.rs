//! Deletes and clears.

use surecache::Clock;
use surecache::stores::{Condition, EntryKey, Put};

use super::{LIFE, MILLI, PERIOD, Subject, assert_held, assert_taken, entry, tag, token};
use crate::Ask;

/// One that is named twice counts once, one that was absent not at all.
pub fn a_delete_makes_absent_and_counts_what_was_there(subject: &Subject) {
    let store = subject.store();
    for number in 0..4 {
        store.put(&entry(number), b"value", Condition::Always);
    }
    assert_eq!(store.delete(&[entry(0), entry(1), entry(1), entry(9)]), 2);
    assert_eq!(store.delete(&[entry(0), entry(1)]), 0);
    let (found, _) = store.fetch_many(&[entry(0), entry(1), entry(2), entry(3)], &[]);
    assert_eq!(found.iter().map(Option::is_some).collect::<Vec<_>>(), [false, false, true, true]);
}

/// It was absent already.
pub fn a_delete_counts_no_expired_entry(subject: &Subject) {
    let store = subject.store();
    let expiry = subject.clock().unix_ms() + 1000;
    store.put_until(&entry(1), b"value", expiry, Condition::Always);
    subject.clock().advance(MILLI * 1000);
    assert_eq!(store.delete(&[entry(1)]), 0);
}

/// So a delete beats a load in flight.
pub fn a_delete_voids_the_lease(subject: &Subject) {
    let store = subject.store();
    store.put(&entry(1), b"old", Condition::Always);
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    assert_eq!(store.delete(&[entry(1)]), 1);
    assert_eq!(store.put(&entry(1), b"late", Condition::Leased(token(1))), Put::Fenced);
    assert!(!store.renew(&entry(1), token(1), PERIOD));
    assert_eq!(store.entry(&entry(1)), None);
    assert_taken(store.acquire(&entry(1), token(2), PERIOD));
}

/// The usual case: a cold key is being loaded.
pub fn a_delete_voids_the_lease_on_an_absent_entry(subject: &Subject) {
    let store = subject.store();
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    assert_eq!(store.delete(&[entry(1)]), 0);
    assert_eq!(store.put(&entry(1), b"late", Condition::Leased(token(1))), Put::Fenced);
    assert_eq!(store.entry(&entry(1)), None);
}

/// Of both doors, whatever their number.
pub fn a_clear_makes_every_entry_absent(subject: &Subject) {
    let store = subject.store();
    let mut keys: Vec<_> = (0..500).map(entry).collect();
    keys.push(EntryKey::region(b"answer"));
    for key in &keys {
        assert_eq!(store.put(key, b"value", Condition::Always), Put::Stored);
    }
    store.clear();
    let (found, _) = store.fetch_many(&keys, &[]);
    assert!(found.iter().all(Option::is_none));
}

/// Else a clear would end what it was not asked to end.
pub fn a_clear_leaves_generations(subject: &Subject) {
    let store = subject.store();
    let made = store.establish(&[tag(1), tag(2)], LIFE);
    store.clear();
    let found = store.generations(&[tag(1), tag(2)]);
    assert_eq!(found, made.into_iter().map(Some).collect::<Vec<_>>());
}

/// A load in flight goes on, and may store.
pub fn a_clear_leaves_leases(subject: &Subject) {
    let store = subject.store();
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    store.clear();
    assert_held(store.acquire(&entry(1), token(2), PERIOD), token(1));
    assert_eq!(store.put(&entry(1), b"value", Condition::Leased(token(1))), Put::Stored);
    assert_eq!(store.entry(&entry(1)).as_deref(), Some(&b"value"[..]));
}

/// However a store clears, it does so once.
pub fn what_is_put_after_a_clear_stays(subject: &Subject) {
    let store = subject.store();
    for round in 0..3_u8 {
        assert_eq!(store.put(&entry(1), &[round], Condition::Always), Put::Stored);
        assert_eq!(store.entry(&entry(1)), Some(vec![round]));
        store.clear();
        assert_eq!(store.entry(&entry(1)), None);
    }
}

/// By every condition and count.
pub fn a_cleared_entry_counts_as_absent(subject: &Subject) {
    let store = subject.store();
    store.put(&entry(1), b"old", Condition::Always);
    store.put(&entry(2), b"old", Condition::Always);
    store.clear();
    assert_eq!(store.put(&entry(1), b"new", Condition::Unchanged(None)), Put::Stored);
    assert_eq!(store.delete(&[entry(1), entry(2)]), 1);
}
