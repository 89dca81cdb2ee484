//! Reads, and what time does to entries.

use surecache::Clock;
use surecache::stores::{Condition, EntryKey, Put};

use super::{LIFE, MILLI, Subject, entry, tag};
use crate::Ask;

/// A store does not look into an entry: any bytes of any length.
pub fn an_entry_is_read_back_as_it_was(subject: &Subject) {
    let store = subject.store();
    for (number, length) in SIZES.into_iter().enumerate() {
        let value = pattern(number, length);
        assert_eq!(store.put(&entry(number), &value, Condition::Always), Put::Stored);
    }
    for (number, length) in SIZES.into_iter().enumerate() {
        let found = store.entry(&entry(number));
        assert!(found == Some(pattern(number, length)), "an entry came back otherwise: {length}");
    }
}

/// Under one key: longer after shorter, shorter after longer.
pub fn entries_of_all_sizes_replace_each_other(subject: &Subject) {
    let store = subject.store();
    for length in SIZES.into_iter().chain(SIZES.into_iter().rev()) {
        let value = pattern(length, length);
        assert_eq!(store.put(&entry(1), &value, Condition::Always), Put::Stored);
        assert!(store.entry(&entry(1)) == Some(value), "an entry came back otherwise: {length}");
    }
}

/// The two doors have names of their own, even of the same bytes.
pub fn plain_and_region_entries_never_meet(subject: &Subject) {
    let store = subject.store();
    let (plain, region) = (EntryKey::plain(b"key"), EntryKey::region(b"key"));
    store.put(&plain, b"plain", Condition::Always);
    assert_eq!(store.entry(&region), None);
    store.put(&region, b"region", Condition::Always);
    assert_eq!(store.entry(&plain).as_deref(), Some(&b"plain"[..]));
    assert_eq!(store.delete(&[plain]), 1);
    assert_eq!(store.entry(&region).as_deref(), Some(&b"region"[..]));
}

/// To the millisecond, through every kind of read.
pub fn an_entry_is_absent_from_its_expiry_on(subject: &Subject) {
    let store = subject.store();
    let expiry = subject.clock().unix_ms() + 1000;
    store.put_until(&entry(1), b"value", expiry, Condition::Always);
    subject.clock().advance(MILLI * 999);
    assert_eq!(store.entry(&entry(1)).as_deref(), Some(&b"value"[..]));
    subject.clock().advance(MILLI);
    assert_eq!(store.entry(&entry(1)), None);
    assert_eq!(store.fetch_many(&[entry(1)], &[]).0, [None]);
}

/// `u64::MAX` is for ever.
pub fn an_entry_without_expiry_stays(subject: &Subject) {
    let store = subject.store();
    store.put(&entry(1), b"value", Condition::Always);
    subject.clock().advance(LIFE * 24 * 365 * 50);
    assert_eq!(store.entry(&entry(1)).as_deref(), Some(&b"value"[..]));
}

/// Sooner or later than the one before.
pub fn a_later_put_sets_the_expiry_anew(subject: &Subject) {
    let store = subject.store();
    let now = subject.clock().unix_ms();
    store.put_until(&entry(1), b"one", now + 1000, Condition::Always);
    store.put_until(&entry(1), b"two", now + 2000, Condition::Always);
    store.put_until(&entry(2), b"one", now + 2000, Condition::Always);
    store.put_until(&entry(2), b"two", now + 1000, Condition::Always);
    subject.clock().advance(MILLI * 1999);
    assert_eq!(store.entry(&entry(1)).as_deref(), Some(&b"two"[..]));
    assert_eq!(store.entry(&entry(2)), None);
    subject.clock().advance(MILLI);
    assert_eq!(store.entry(&entry(1)), None);
}

/// A slow load may be over before it is stored.
pub fn an_entry_that_was_over_when_stored_is_absent(subject: &Subject) {
    let store = subject.store();
    store.put(&entry(1), b"old", Condition::Always);
    store.put_until(&entry(1), b"new", subject.clock().unix_ms(), Condition::Always);
    assert_eq!(store.entry(&entry(1)), None);
    store.put_until(&entry(2), b"new", 0, Condition::Always);
    assert_eq!(store.entry(&entry(2)), None);
}

/// Absent ones and repeated ones in their places.
pub fn many_are_read_in_the_order_asked(subject: &Subject) {
    let store = subject.store();
    for number in 0..50 {
        let value = format!("value {number}");
        store.put(&entry(number), value.as_bytes(), Condition::Always);
    }
    let made = store.establish(&[tag(1), tag(3)], LIFE);
    let asked: Vec<_> = (0..60).rev().chain([7, 7]).collect();
    let keys: Vec<_> = asked.iter().map(|&number| entry(number)).collect();
    let tags = [tag(3), tag(2), tag(1), tag(3)];
    let (entries, generations) = store.fetch_many(&keys, &tags);
    let wanted: Vec<_> = asked
        .iter()
        .map(|number| (*number < 50).then(|| format!("value {number}").into_bytes()))
        .collect();
    assert_eq!(entries, wanted);
    assert_eq!(generations, [Some(made[1]), None, Some(made[0]), Some(made[1])]);
    let fetched = store.fetch(&entry(7), &tags);
    assert_eq!(fetched.entry.as_deref(), Some(&b"value 7"[..]));
    assert_eq!(fetched.generations, generations);
}

/// Nothing asked is no error.
pub fn empty_lists_get_empty_answers(subject: &Subject) {
    let store = subject.store();
    assert_eq!(store.fetch_many(&[], &[]), (vec![], vec![]));
    assert!(store.fetch(&entry(1), &[]).generations.is_empty());
    assert!(store.establish(&[], LIFE).is_empty());
    assert_eq!(store.delete(&[]), 0);
    assert!(store.reports().is_empty());
    store.invalidate(&[]);
}

/// Empty, long, binary, or one the beginning of the other.
pub fn keys_of_any_bytes_are_apart(subject: &Subject) {
    let store = subject.store();
    let names =
        [vec![], vec![0], vec![0, 0], vec![255; 600], vec![255; 601], vec![b'k'; 5000], vec![10]];
    let keys: Vec<_> = names.iter().map(|name| EntryKey::plain(name)).collect();
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(store.put(key, &[b'v'; 8][..=number], Condition::Always), Put::Stored);
    }
    let (found, _) = store.fetch_many(&keys, &[]);
    let lengths: Vec<_> = found.iter().map(|value| value.as_ref().map(Vec::len)).collect();
    assert_eq!(lengths, (1..=keys.len()).map(Some).collect::<Vec<_>>());
}

/// `length` bytes that differ for each `seed`.
fn pattern(seed: usize, length: usize) -> Vec<u8> {
    (0..length).map(|at| (seed.wrapping_mul(31) ^ at ^ (at >> 8)).to_le_bytes()[0]).collect()
}

/// Around the page sizes of stores, up to 1 MiB.
const SIZES: [usize; 10] = [0, 1, 24, 100, 2000, 4080, 4096, 4097, 65_537, 1 << 20];
