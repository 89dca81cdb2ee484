//! Namespaces, which are apart, and the records that writers leave.

use std::time::Duration;

use surecache::stores::Condition;

use super::{LIFE, PERIOD, Subject, assert_held, assert_taken, entry, tag, token};
use crate::Ask;

/// Two handles, one store.
pub fn handles_of_one_namespace_share_everything(subject: &Subject) {
    let (one, two) = (subject.store(), subject.store());
    one.put(&entry(1), b"value", Condition::Always);
    assert_eq!(two.entry(&entry(1)).as_deref(), Some(&b"value"[..]));
    assert_taken(one.acquire(&entry(2), token(1), PERIOD));
    assert_held(two.acquire(&entry(2), token(2), PERIOD), token(1));
    one.establish(&[tag(1)], LIFE);
    two.invalidate(&[tag(1)]);
    assert_eq!(one.generations(&[tag(1)]), [None]);
    two.clear();
    assert_eq!(one.entry(&entry(1)), None);
}

/// Under the same name.
pub fn entries_of_namespaces_are_apart(subject: &Subject) {
    let (one, two) = (subject.store_in("one"), subject.store_in("two"));
    one.put(&entry(1), b"one", Condition::Always);
    assert_eq!(two.entry(&entry(1)), None);
    two.put(&entry(1), b"two", Condition::Always);
    assert_eq!(one.entry(&entry(1)).as_deref(), Some(&b"one"[..]));
    assert_eq!(one.delete(&[entry(1)]), 1);
    assert_eq!(two.entry(&entry(1)).as_deref(), Some(&b"two"[..]));
}

/// On the same entry.
pub fn leases_of_namespaces_are_apart(subject: &Subject) {
    let (one, two) = (subject.store_in("one"), subject.store_in("two"));
    assert_taken(one.acquire(&entry(1), token(1), PERIOD));
    assert_taken(two.acquire(&entry(1), token(2), PERIOD));
    two.delete(&[entry(1)]);
    assert!(one.renew(&entry(1), token(1), PERIOD));
}

/// Of the same tag.
pub fn generations_of_namespaces_are_apart(subject: &Subject) {
    let (one, two) = (subject.store_in("one"), subject.store_in("two"));
    let made = one.establish(&[tag(1)], LIFE);
    assert_eq!(two.generations(&[tag(1)]), [None]);
    assert_ne!(two.establish(&[tag(1)], LIFE)[0].generation, made[0].generation);
    two.invalidate(&[tag(1)]);
    assert_eq!(one.generations(&[tag(1)]), [Some(made[0])]);
}

/// Whatever else lives in the same place.
pub fn a_clear_leaves_other_namespaces(subject: &Subject) {
    let (one, two) = (subject.store_in("one"), subject.store_in("two"));
    for store in [&one, &two] {
        store.put(&entry(1), b"value", Condition::Always);
        store.report([1; 16], b"record");
    }
    one.clear();
    assert_eq!(one.entry(&entry(1)), None);
    assert_eq!(two.entry(&entry(1)).as_deref(), Some(&b"value"[..]));
    assert_eq!(two.reports(), [b"record"]);
}

/// One record a writer; it may be empty.
pub fn a_report_replaces_the_one_before(subject: &Subject) {
    let store = subject.store();
    for record in [&b"a long first record"[..], b"second", b""] {
        store.report([1; 16], record);
        assert_eq!(store.reports(), [record]);
    }
}

/// By every handle.
pub fn reports_of_all_writers_are_read(subject: &Subject) {
    let store = subject.store();
    for writer in 0..20_u8 {
        subject.store().report([writer; 16], &[writer; 3000]);
    }
    let wanted: Vec<_> = (0..20_u8).map(|writer| vec![writer; 3000]).collect();
    assert_eq!(store.reports(), wanted);
}

/// Statistics are the namespace's own.
pub fn reports_of_namespaces_are_apart(subject: &Subject) {
    let (one, two) = (subject.store_in("one"), subject.store_in("two"));
    one.report([1; 16], b"one");
    assert!(two.reports().is_empty());
    two.report([1; 16], b"two");
    assert_eq!(one.reports(), [b"one"]);
}

/// A waiter looks often enough to be there when a load ends.
pub fn the_pace_is_short(subject: &Subject) {
    let pace = subject.store().pace();
    assert!(pace > Duration::ZERO, "a waiter would spin");
    assert!(pace <= Duration::from_secs(1), "a waiter would oversleep: {pace:?}");
}
