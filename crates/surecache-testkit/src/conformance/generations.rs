//! Generations: absent, or random bytes that were never used before.

use std::collections::HashSet;

use surecache::stores::Condition;

use super::{LIFE, MILLI, Subject, entry, tag};
use crate::Ask;

/// Reading creates nothing.
pub fn a_generation_is_absent_until_it_is_established(subject: &Subject) {
    let store = subject.store();
    for _ in 0..2 {
        assert_eq!(store.generations(&[tag(1)]), [None]);
        assert_eq!(store.fetch(&entry(1), &[tag(1)]).generations, [None]);
    }
}

/// By every handle and kind of read.
pub fn a_generation_is_read_as_it_was_established(subject: &Subject) {
    let store = subject.store();
    let made = store.establish(&[tag(1)], LIFE);
    assert_eq!(store.generations(&[tag(1)]), [Some(made[0])]);
    assert_eq!(subject.store().fetch(&entry(1), &[tag(1)]).generations, [Some(made[0])]);
}

/// Else an entry stamped a moment ago would be void.
pub fn a_generation_that_is_there_is_never_rewritten(subject: &Subject) {
    let store = subject.store();
    let made = store.establish(&[tag(1)], LIFE);
    for _ in 0..3 {
        subject.clock().advance(LIFE / 2);
        assert_eq!(store.establish(&[tag(1), tag(2)], LIFE)[0], made[0]);
    }
}

/// Else an entry from before the invalidation would be believed again.
pub fn a_generation_comes_back_with_fresh_bytes(subject: &Subject) {
    let store = subject.store();
    let mut seen = HashSet::new();
    for _ in 0..20 {
        let made = store.establish(&[tag(1)], LIFE);
        assert!(seen.insert(made[0].generation), "a generation came back: {made:?}");
        store.invalidate(&[tag(1)]);
        assert_eq!(store.generations(&[tag(1)]), [None]);
    }
}

/// No two tags share one.
pub fn each_generation_has_bytes_of_its_own(subject: &Subject) {
    let store = subject.store();
    let tags: Vec<_> = (0..500).map(tag).collect();
    let made = store.establish(&tags, LIFE);
    let different: HashSet<_> = made.iter().map(|reading| reading.generation).collect();
    assert_eq!(different.len(), tags.len());
}

/// And may name what is absent, or the same tag twice.
pub fn an_invalidation_may_be_repeated(subject: &Subject) {
    let store = subject.store();
    store.establish(&[tag(1)], LIFE);
    store.invalidate(&[tag(1), tag(2), tag(1)]);
    store.invalidate(&[tag(1), tag(2)]);
    assert_eq!(store.generations(&[tag(1), tag(2)]), [None, None]);
}

/// It ends what it names and nothing else.
pub fn an_invalidation_leaves_other_tags(subject: &Subject) {
    let store = subject.store();
    let made = store.establish(&[tag(1), tag(2), tag(3)], LIFE);
    store.invalidate(&[tag(2)]);
    let found = store.generations(&[tag(1), tag(2), tag(3)]);
    assert_eq!(found, [Some(made[0]), None, Some(made[2])]);
}

/// An entry must never outlive the generation that it was stamped with, while nobody invalidates.
pub fn a_generation_lives_as_long_as_was_asked(subject: &Subject) {
    let store = subject.store();
    let made = store.establish(&[tag(1)], LIFE);
    subject.clock().advance(LIFE - MILLI);
    assert_eq!(store.generations(&[tag(1)]), [Some(made[0])]);
}

/// Every load prolongs.
pub fn establishing_prolongs_the_life(subject: &Subject) {
    let store = subject.store();
    let made = store.establish(&[tag(1)], LIFE);
    for _ in 0..4 {
        subject.clock().advance(LIFE - MILLI);
        assert_eq!(store.establish(&[tag(1)], LIFE), made);
    }
}

/// One region's short span does not end another's.
pub fn establishing_never_shortens_the_life(subject: &Subject) {
    let store = subject.store();
    let made = store.establish(&[tag(1)], LIFE);
    store.establish(&[tag(1)], MILLI);
    subject.clock().advance(LIFE - MILLI);
    assert_eq!(store.generations(&[tag(1)]), [Some(made[0])]);
}

/// Repeated ones too.
pub fn generations_come_in_the_order_asked(subject: &Subject) {
    let store = subject.store();
    let made = store.establish(&[tag(1), tag(2), tag(3)], LIFE);
    let again = store.establish(&[tag(3), tag(1), tag(3), tag(2)], LIFE);
    assert_eq!(again, [made[2], made[0], made[2], made[1]]);
    let twice = store.establish(&[tag(9), tag(9)], LIFE);
    assert_eq!(twice[0], twice[1]);
}

/// While nothing restarts.
pub fn one_server_has_one_incarnation(subject: &Subject) {
    let store = subject.store();
    let made = store.establish(&[tag(1), tag(2)], LIFE);
    let again = subject.store().establish(&[tag(1), tag(2), tag(3)], LIFE);
    let different: HashSet<_> =
        made.iter().chain(&again).map(|reading| reading.incarnation).collect();
    assert_eq!(different.len(), 1);
}

/// A delete of an entry ends no generation, an invalidation deletes no entry.
pub fn generations_know_no_entries(subject: &Subject) {
    let store = subject.store();
    let made = store.establish(&[tag(1)], LIFE);
    store.put(&entry(1), b"value", Condition::Always);
    store.invalidate(&[tag(2)]);
    store.delete(&[entry(2)]);
    assert_eq!(store.entry(&entry(1)).as_deref(), Some(&b"value"[..]));
    store.delete(&[entry(1)]);
    assert_eq!(store.generations(&[tag(1)]), [Some(made[0])]);
    store.put(&entry(1), b"value", Condition::Always);
    store.invalidate(&[tag(1)]);
    assert_eq!(store.entry(&entry(1)).as_deref(), Some(&b"value"[..]));
}
