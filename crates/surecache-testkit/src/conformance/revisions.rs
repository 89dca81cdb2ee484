//! Revisions, of a store that gives them.

use std::sync::atomic::{AtomicU32, Ordering};

use surecache::Clock;
use surecache::stores::{Condition, EntryKey, Mark, Put, Revision, Store};

use super::threads::{count_in, numbered, race};
use super::{PERIOD, Subject, assert_taken, entry, token};
use crate::Ask;

/// Whoever changes it, and however.
pub fn a_revision_differs_after_each_change(subject: &Subject) {
    let (store, other) = (subject.store(), subject.store());
    let key = &entry(1);
    let put = |bytes: &[u8], condition| assert_eq!(other.put(key, bytes, condition), Put::Stored);
    let changes: [(&str, &dyn Fn()); 7] = [
        ("a put where there was nothing", &|| put(b"1", Condition::Always)),
        ("a put of the same", &|| put(b"1", Condition::Always)),
        ("a put where unchanged", &|| put(b"2", Condition::Unchanged(Some(Mark::of(b"1"))))),
        ("a put with a lease", &|| {
            assert_taken(other.acquire(key, token(1), PERIOD));
            put(b"3", Condition::Leased(token(1)));
        }),
        ("a delete", &|| assert_eq!(other.delete(&[entry(0), entry(1)]), 1)),
        ("a put after it", &|| put(b"4", Condition::Always)),
        ("a clear", &|| other.clear()),
    ];
    let mut seen = vec![revision(subject, &*store, key)];
    for (name, change) in changes {
        change();
        let now = revision(subject, &*store, key);
        assert!(now.is_none() || !seen.contains(&now), "{name} left the revision: {now:?}");
        seen.push(now);
    }
}

/// Else nothing could be kept by it.
pub fn a_revision_that_is_given_stays_while_nothing_changes(subject: &Subject) {
    let store = subject.store();
    store.put(&entry(1), b"value", Condition::Always);
    let before = revision(subject, &*store, &entry(1));
    store.entry(&entry(1));
    store.delete(&[entry(2)]);
    assert_eq!(revision(subject, &*subject.store(), &entry(1)), before);
    if let (Some(plain), Some(region)) =
        (before, revision(subject, &*store, &EntryKey::region(entry(1).as_bytes())))
    {
        assert_ne!(plain.place, region.place, "two entries have one place");
    }
}

/// What was read after a revision was given is what stands there while it is given: never older
/// than what was acknowledged before.
pub fn what_was_read_under_a_revision_is_not_outlived_by_it(subject: &Subject) {
    const PUTS: u32 = 3000;
    let (key, acknowledged) = (entry(1), AtomicU32::new(0));
    subject.store().put(&key, &numbered(0, 0, 0), Condition::Always);
    race(3, |thread| {
        let store = subject.store();
        if thread == 0 {
            for count in 1..=PUTS {
                store.put(&key, &numbered(0, 0, count), Condition::Always);
                acknowledged.store(count, Ordering::SeqCst);
            }
            return;
        }
        let mut kept: Option<(Revision, u32)> = None;
        loop {
            let least = acknowledged.load(Ordering::SeqCst);
            let given = revision(subject, &*store, &key);
            if let (Some(given), Some((revision, count))) = (given, kept)
                && given == revision
            {
                assert!(count >= least, "kept {count} after {least} was acknowledged");
            }
            if least == PUTS {
                break;
            }
            let Some(found) = store.entry(&key) else { panic!("the entry went away") };
            kept = given.map(|revision| (revision, count_in(&found)));
        }
    });
}

fn revision(subject: &Subject, store: &dyn Store, key: &EntryKey) -> Option<Revision> {
    store.revision(key, subject.clock().now())
}
