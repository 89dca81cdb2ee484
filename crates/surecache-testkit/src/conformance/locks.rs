//! Locks and semaphores: who holds which place.

use std::sync::Barrier;
use std::time::Duration;

use surecache::Clock as _;
use surecache::stores::{Condition, LockName, Locked, Prolongation};

use super::{MILLI, PERIOD, Subject, assert_taken, entry, token};
use crate::Ask;

/// One holder, and whoever comes later learns when it falls free by itself.
pub fn a_held_lock_is_not_taken_and_tells_when_it_falls_free(subject: &Subject) {
    let store = subject.store();
    assert_locked(store.lock(&name(), token(1), 1, PERIOD));
    subject.clock().advance(MILLI * 500);
    for number in 2..4 {
        assert_full(store.lock(&name(), token(number), 1, PERIOD), PERIOD - MILLI * 500);
    }
    assert_eq!(store.holders(&name(), 1), [token(1)]);
}

/// To the millisecond.
pub fn a_lock_falls_free_when_its_period_is_over(subject: &Subject) {
    let store = subject.store();
    assert_locked(store.lock(&name(), token(1), 1, PERIOD));
    subject.clock().advance(PERIOD - MILLI);
    assert_full(store.lock(&name(), token(2), 1, PERIOD), MILLI);
    subject.clock().advance(MILLI);
    assert_eq!(store.holders(&name(), 1), []);
    assert_locked(store.lock(&name(), token(2), 1, PERIOD));
    assert_eq!(store.holders(&name(), 1), [token(2)]);
}

/// The next one does not wait for the period.
pub fn a_lock_that_was_given_back_is_free(subject: &Subject) {
    let store = subject.store();
    assert_locked(store.lock(&name(), token(1), 1, PERIOD));
    assert!(store.unlock(&name(), token(1), 1));
    assert_eq!(store.holders(&name(), 1), []);
    assert_locked(store.lock(&name(), token(2), 1, PERIOD));
}

/// Neither one who never held it, nor one whose time was over, frees it for a third.
pub fn a_lock_is_given_back_by_its_holder_only(subject: &Subject) {
    let store = subject.store();
    assert!(!store.unlock(&name(), token(1), 1));
    assert_locked(store.lock(&name(), token(1), 1, PERIOD));
    assert!(!store.unlock(&name(), token(2), 1), "another one gave it back");
    subject.clock().advance(PERIOD);
    assert_locked(store.lock(&name(), token(2), 1, PERIOD));
    assert!(!store.unlock(&name(), token(1), 1), "the one before gave it back");
    assert_eq!(store.holders(&name(), 1), [token(2)]);
}

/// A release that comes too late tells so, also where nobody else has the lock yet.
pub fn a_lock_that_fell_free_is_not_given_back(subject: &Subject) {
    let store = subject.store();
    assert_locked(store.lock(&name(), token(1), 1, PERIOD));
    subject.clock().advance(PERIOD);
    assert!(!store.unlock(&name(), token(1), 1));
}

/// From now on, or from its end on.
pub fn a_lock_is_prolonged_from_now_or_from_its_end(subject: &Subject) {
    let store = subject.store();
    assert_locked(store.lock(&name(), token(1), 1, PERIOD));
    subject.clock().advance(PERIOD / 2);
    let set = store.prolong(&name(), token(1), 1, Prolongation::Set(PERIOD));
    assert_eq!(set, Some(PERIOD));
    let added = store.prolong(&name(), token(1), 1, Prolongation::Add(PERIOD));
    assert_about(added, PERIOD * 2);
    subject.clock().advance(PERIOD * 2 - MILLI * 5);
    assert_eq!(store.holders(&name(), 1), [token(1)]);
    subject.clock().advance(MILLI * 5);
    assert_eq!(store.holders(&name(), 1), []);
}

/// Neither another one's, nor one that fell free.
pub fn a_lock_is_prolonged_by_its_holder_only(subject: &Subject) {
    let (store, by) = (subject.store(), Prolongation::Set(PERIOD));
    assert_eq!(store.prolong(&name(), token(1), 1, by), None);
    assert_locked(store.lock(&name(), token(1), 1, PERIOD));
    assert_eq!(store.prolong(&name(), token(2), 1, by), None);
    subject.clock().advance(PERIOD);
    assert_eq!(store.prolong(&name(), token(1), 1, by), None, "it came too late");
}

/// And no more.
pub fn a_semaphore_has_so_many_places(subject: &Subject) {
    let (store, name) = (subject.store(), LockName::semaphore(b"some"));
    for number in 1..4 {
        assert_locked(store.lock(&name, token(number), 3, PERIOD));
    }
    assert_full(store.lock(&name, token(4), 3, PERIOD), PERIOD);
    assert!(store.unlock(&name, token(2), 3));
    assert_locked(store.lock(&name, token(4), 3, PERIOD));
    let mut holders = store.holders(&name, 3);
    holders.sort_unstable();
    assert_eq!(holders, [token(1), token(3), token(4)]);
}

/// Each place has a time of its own.
pub fn the_places_of_a_semaphore_fall_free_one_by_one(subject: &Subject) {
    let (store, name) = (subject.store(), LockName::semaphore(b"some"));
    assert_locked(store.lock(&name, token(1), 2, PERIOD * 2));
    assert_locked(store.lock(&name, token(2), 2, PERIOD));
    assert_full(store.lock(&name, token(3), 2, PERIOD), PERIOD);
    subject.clock().advance(PERIOD);
    assert_locked(store.lock(&name, token(3), 2, PERIOD));
    let by = Prolongation::Set(PERIOD);
    assert_eq!(store.prolong(&name, token(2), 2, by), None);
    assert_eq!(store.prolong(&name, token(3), 2, by), Some(PERIOD));
    assert!(store.unlock(&name, token(1), 2));
    assert_eq!(store.holders(&name, 2), [token(3)]);
}

/// Who asks for fewer places than others do uses the first of theirs.
pub fn fewer_places_are_the_first_ones(subject: &Subject) {
    let (store, name) = (subject.store(), LockName::semaphore(b"some"));
    for number in 1..4 {
        assert_locked(store.lock(&name, token(number), 3, PERIOD));
    }
    assert_full(store.lock(&name, token(4), 2, PERIOD), PERIOD);
    assert_eq!(store.holders(&name, 2).len(), 2);
    assert!(store.unlock(&name, token(3), 3));
    assert_full(store.lock(&name, token(4), 2, PERIOD), PERIOD);
    assert!(store.unlock(&name, token(1), 3));
    assert_locked(store.lock(&name, token(4), 2, PERIOD));
}

/// Whatever ended the hold before, and over all names.
pub fn fencing_tokens_rise_over_releases_expiries_and_clears(subject: &Subject) {
    let store = subject.store();
    let mut last = 0;
    let mut rises = |locked| {
        let drawn = assert_locked(locked);
        assert!(drawn > last, "wanted a fencing token above {last}, found: {drawn}");
        last = drawn;
    };
    rises(store.lock(&name(), token(1), 1, PERIOD));
    store.unlock(&name(), token(1), 1);
    rises(store.lock(&name(), token(2), 1, PERIOD));
    subject.clock().advance(PERIOD);
    rises(store.lock(&name(), token(3), 1, PERIOD));
    subject.clock().advance(PERIOD);
    store.clear();
    rises(store.lock(&name(), token(4), 1, PERIOD));
    rises(store.lock(&LockName::lock(b"another"), token(5), 1, PERIOD));
    rises(subject.store().lock(&LockName::semaphore(b"some"), token(6), 2, PERIOD));
}

/// An administrator may set it back at any time.
pub fn fencing_tokens_do_not_fall_with_the_clock_at_the_wall(subject: &Subject) {
    let store = subject.store();
    let first = assert_locked(store.lock(&name(), token(1), 1, PERIOD));
    store.unlock(&name(), token(1), 1);
    subject.clock().set_unix_ms(subject.clock().unix_ms() - 86_400_000);
    let second = assert_locked(store.lock(&name(), token(2), 1, PERIOD));
    assert!(second > first, "wanted a fencing token above {first}, found: {second}");
}

/// A lock is no entry.
pub fn a_clear_leaves_locks(subject: &Subject) {
    let (store, some) = (subject.store(), LockName::semaphore(b"some"));
    assert_locked(store.lock(&name(), token(1), 1, PERIOD));
    assert_locked(store.lock(&some, token(2), 1, PERIOD));
    store.clear();
    assert_eq!(store.holders(&name(), 1), [token(1)]);
    assert_full(store.lock(&some, token(3), 1, PERIOD), PERIOD);
    assert!(store.unlock(&name(), token(1), 1));
}

/// Under one name: a lock, a semaphore, an entry and the lease on it.
pub fn a_lock_shares_nothing_with_what_has_its_name(subject: &Subject) {
    let store = subject.store();
    let key = entry(1);
    let (lock, semaphore) = (LockName::lock(key.as_bytes()), LockName::semaphore(key.as_bytes()));
    store.put(&key, b"value", Condition::Always);
    assert_taken(store.acquire(&key, token(1), PERIOD));
    assert_locked(store.lock(&lock, token(2), 1, PERIOD));
    assert_locked(store.lock(&semaphore, token(3), 1, PERIOD));
    assert_eq!(store.entry(&key).as_deref(), Some(&b"value"[..]));
    assert!(store.renew(&key, token(1), PERIOD));
    store.delete(std::slice::from_ref(&key));
    store.put(&key, b"other", Condition::Always);
    assert_eq!(store.holders(&lock, 1), [token(2)]);
    assert!(store.unlock(&semaphore, token(3), 1));
    assert_eq!(store.holders(&lock, 1), [token(2)]);
    assert_eq!(store.entry(&key).as_deref(), Some(&b"other"[..]));
}

/// Under the same name.
pub fn locks_of_namespaces_are_apart(subject: &Subject) {
    let (one, two) = (subject.store_in("one"), subject.store_in("two"));
    assert_locked(one.lock(&name(), token(1), 1, PERIOD));
    assert_locked(two.lock(&name(), token(2), 1, PERIOD));
    assert!(!two.unlock(&name(), token(1), 1));
    two.clear();
    assert_eq!(one.holders(&name(), 1), [token(1)]);
}

/// Names of any bytes, also those that look like another one's place.
pub fn locks_of_any_names_are_apart(subject: &Subject) {
    let store = subject.store();
    let names: [&[u8]; 6] = [b"", b"a", b"a}:0", b"{a}", b"a:0", &[0, 255, b'\r', b'\n']];
    for (number, bytes) in (1..).zip(names) {
        assert_locked(store.lock(&LockName::lock(bytes), token(number), 1, PERIOD));
        assert_locked(store.lock(&LockName::semaphore(bytes), token(number + 50), 1, PERIOD));
    }
    for (number, bytes) in (1..).zip(names) {
        assert_eq!(store.holders(&LockName::lock(bytes), 1), [token(number)]);
        assert_eq!(store.holders(&LockName::semaphore(bytes), 1), [token(number + 50)]);
    }
}

/// All at once, over handles; and no two have the same fencing token.
pub fn as_many_of_64_threads_as_there_are_places_take_one(subject: &Subject) {
    let (name, start) = (LockName::semaphore(b"some"), Barrier::new(64));
    let take = |number| {
        let store = subject.store();
        start.wait();
        store.lock(&name, token(number), 3, PERIOD)
    };
    let (take, taken) = (&take, std::sync::Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for number in 1..=64 {
            let taken = &taken;
            scope.spawn(move || {
                if let Locked::Taken { fencing_token } = take(number) {
                    taken.lock().unwrap_or_else(|broken| broken.into_inner()).push(fencing_token);
                }
            });
        }
    });
    let mut taken = taken.into_inner().unwrap_or_else(|broken| broken.into_inner());
    taken.sort_unstable();
    taken.dedup();
    assert_eq!(taken.len(), 3);
    assert_eq!(subject.store().holders(&name, 3).len(), 3);
}

fn name() -> LockName {
    LockName::lock(b"lock")
}

#[track_caller]
fn assert_locked(locked: Locked) -> u64 {
    match locked {
        Locked::Taken { fencing_token } => fencing_token,
        other @ Locked::Full { .. } => panic!("wanted a place, found: {other:?}"),
    }
}

/// The time of a server goes on by itself: its milliseconds are not counted.
#[track_caller]
fn assert_full(locked: Locked, left: Duration) {
    match locked {
        Locked::Full { left: Some(found) } => assert_about(Some(found), left),
        other => panic!("wanted no place for {left:?}, found: {other:?}"),
    }
}

#[track_caller]
fn assert_about(found: Option<Duration>, wanted: Duration) {
    let is_about = found.is_some_and(|found| found <= wanted && found + PERIOD / 4 >= wanted);
    assert!(is_about, "wanted about {wanted:?}, found: {found:?}");
}
