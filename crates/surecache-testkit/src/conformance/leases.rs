//! Leases: who may load an entry.

use surecache::stores::{Acquired, Condition, Digest, EntryKey, Put, Reply, Request, Token};

use super::{MILLI, PERIOD, Subject, assert_held, assert_taken, entry, token};
use crate::Ask;

/// Nobody holds it: the asker does from now on.
pub fn a_free_lease_is_taken(subject: &Subject) {
    let store = subject.store();
    match store.acquire(&entry(1), token(1), PERIOD) {
        Acquired::Taken { entry: None } => {}
        other => panic!("wanted the lease and no entry, found: {other:?}"),
    }
}

/// Who loses learns who holds the lease, and which generations that load is stamped with.
pub fn a_standing_lease_is_left_alone_and_tells_its_token_and_digest(subject: &Subject) {
    let store = subject.store();
    let (key, holder, mark) = (entry(1), token(1), Digest([77; 16]));
    let ask = |token, digest| {
        let request =
            Request::Acquire { entry: &key, token, digest, period: PERIOD, replace: None };
        match store.call(request) {
            Ok(Reply::Acquired(acquired)) => acquired,
            other => panic!("no answer to Acquire: {other:?}"),
        }
    };
    assert_taken(ask(holder, mark));
    for _ in 0..2 {
        match ask(token(2), Digest([88; 16])) {
            Acquired::Held { token, digest } => assert_eq!((token, digest), (holder, mark)),
            other => panic!("wanted a held lease, found: {other:?}"),
        }
    }
    assert!(store.renew(&key, holder, PERIOD), "the holder lost the lease to one who asked");
}

/// The second asking counts from its own time.
pub fn asking_again_with_the_holding_token_prolongs_the_lease(subject: &Subject) {
    let store = subject.store();
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    subject.clock().advance(PERIOD - MILLI);
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    subject.clock().advance(PERIOD - MILLI);
    assert_held(store.acquire(&entry(1), token(2), PERIOD), token(1));
}

/// To the millisecond.
pub fn a_lease_falls_when_its_period_is_over(subject: &Subject) {
    let store = subject.store();
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    subject.clock().advance(PERIOD - MILLI);
    assert_held(store.acquire(&entry(1), token(2), PERIOD), token(1));
    subject.clock().advance(MILLI);
    assert_taken(store.acquire(&entry(1), token(2), PERIOD));
}

/// The way of a reader with other generations, and of one who has waited too long.
pub fn a_lease_is_taken_instead_of_the_one_named(subject: &Subject) {
    let store = subject.store();
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    assert_taken(store.acquire_instead(&entry(1), token(2), PERIOD, Some(token(1))));
    assert_held(store.acquire(&entry(1), token(3), PERIOD), token(2));
}

/// Who was replaced meanwhile by a third is not replaced again.
pub fn naming_a_token_that_does_not_hold_replaces_nothing(subject: &Subject) {
    let store = subject.store();
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    assert_held(store.acquire_instead(&entry(1), token(2), PERIOD, Some(token(3))), token(1));
}

/// Whatever the old holder still does is void.
pub fn a_replaced_token_neither_renews_nor_stores_nor_releases(subject: &Subject) {
    let store = subject.store();
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    assert_taken(store.acquire_instead(&entry(1), token(2), PERIOD, Some(token(1))));
    assert!(!store.renew(&entry(1), token(1), PERIOD));
    assert_eq!(store.put(&entry(1), b"late", Condition::Leased(token(1))), Put::Fenced);
    store.release(&entry(1), token(1));
    assert_held(store.acquire(&entry(1), token(3), PERIOD), token(2));
    assert_eq!(store.put(&entry(1), b"right", Condition::Leased(token(2))), Put::Stored);
}

/// The next one does not wait for the period.
pub fn a_released_lease_is_free(subject: &Subject) {
    let store = subject.store();
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    store.release(&entry(1), token(1));
    assert_taken(store.acquire(&entry(1), token(2), PERIOD));
    assert!(!store.renew(&entry(1), token(1), PERIOD));
}

/// Nor does a release of what nobody holds.
pub fn a_release_by_another_changes_nothing(subject: &Subject) {
    let store = subject.store();
    store.release(&entry(1), token(2));
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    store.release(&entry(1), token(2));
    assert_held(store.acquire(&entry(1), token(3), PERIOD), token(1));
}

/// From the time of the renewal, not on top of what was left.
pub fn a_renewal_prolongs_from_now(subject: &Subject) {
    let store = subject.store();
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    subject.clock().advance(PERIOD / 2);
    assert!(store.renew(&entry(1), token(1), PERIOD));
    subject.clock().advance(PERIOD - MILLI);
    assert_held(store.acquire(&entry(1), token(2), PERIOD), token(1));
    subject.clock().advance(MILLI);
    assert_taken(store.acquire(&entry(1), token(2), PERIOD));
}

/// Nobody else's, and nothing where there is none.
pub fn a_renewal_needs_the_token_that_holds(subject: &Subject) {
    let store = subject.store();
    assert!(!store.renew(&entry(1), token(1), PERIOD));
    assert_taken(store.acquire(&entry(1), token(2), PERIOD));
    assert!(!store.renew(&entry(1), token(1), PERIOD));
    assert_held(store.acquire(&entry(1), token(3), PERIOD), token(2));
}

/// A fallen lease does not stand up again, even if nobody took it.
pub fn a_renewal_comes_too_late_once_the_period_is_over(subject: &Subject) {
    let store = subject.store();
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    subject.clock().advance(PERIOD);
    assert!(!store.renew(&entry(1), token(1), PERIOD));
    assert_taken(store.acquire(&entry(1), token(2), PERIOD));
}

/// A load may have ended between the reader's miss and its asking.
pub fn taking_a_lease_tells_the_entry_that_is_there(subject: &Subject) {
    let store = subject.store();
    assert_eq!(store.put(&entry(1), b"value", Condition::Always), Put::Stored);
    match store.acquire(&entry(1), token(1), PERIOD) {
        Acquired::Taken { entry: Some(found) } => assert_eq!(found[..], *b"value"),
        other => panic!("wanted the lease and the entry, found: {other:?}"),
    }
}

/// What is over is absent for everybody.
pub fn taking_a_lease_tells_no_expired_entry(subject: &Subject) {
    use surecache::Clock;
    let store = subject.store();
    let expiry = subject.clock().unix_ms() + 1000;
    store.put_until(&entry(1), b"value", expiry, Condition::Always);
    subject.clock().advance(MILLI * 1000);
    match store.acquire(&entry(1), token(1), PERIOD) {
        Acquired::Taken { entry: None } => {}
        other => panic!("wanted the lease and no entry, found: {other:?}"),
    }
}

/// Another entry, and another class under the same bytes, have leases of their own.
pub fn a_lease_covers_one_entry_only(subject: &Subject) {
    let store = subject.store();
    let keys = [EntryKey::plain(b"k"), EntryKey::region(b"k"), EntryKey::plain(b"k2")];
    for (number, key) in (1..).zip(&keys) {
        assert_taken(store.acquire(key, token(number), PERIOD));
    }
    for (number, key) in (1..).zip(&keys) {
        assert_held(store.acquire(key, Token([99; 16]), PERIOD), token(number));
    }
}

/// Set back by a day it keeps no lease alive, set forward it ends none.
pub fn the_clock_at_the_wall_does_not_move_leases(subject: &Subject) {
    use surecache::Clock;
    let store = subject.store();
    let (clock, day_ms) = (subject.clock(), 86_400_000);
    assert_taken(store.acquire(&entry(1), token(1), PERIOD));
    clock.set_unix_ms(clock.unix_ms() + day_ms);
    assert_held(store.acquire(&entry(1), token(2), PERIOD), token(1));
    clock.set_unix_ms(clock.unix_ms() - 2 * day_ms);
    clock.advance(PERIOD);
    assert_taken(store.acquire(&entry(1), token(2), PERIOD));
}
