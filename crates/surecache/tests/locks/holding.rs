//! Who holds, for how long, and how it ends.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use surecache::Term;

use crate::ground::{Ground, HOUR_MS, LEASE, LIMIT, fixed, on_every_store, renewed, until};

on_every_store! {
    one_holder_at_a_time
    a_lock_is_held_as_long_as_its_holder_lives
    a_lock_with_a_term_is_lost_after_it
    a_lock_that_is_dropped_is_given_back
    a_semaphore_has_as_many_holders_as_its_limit
    a_clear_leaves_a_lock_held
    a_fencing_token_is_greater_than_those_before
}

/// Many threads over two caches add to a number, each with a read and a write.
fn one_holder_at_a_time(ground: &Ground) {
    let (number, inside) = (AtomicU32::new(0), AtomicU32::new(0));
    let caches = [ground.cache(), ground.cache()];
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (cache, number, inside) = (&caches[thread % 2], &number, &inside);
            scope.spawn(move || {
                for _ in 0..10 {
                    let held = cache.lock("number").acquire().unwrap();
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    let read = number.load(Ordering::SeqCst);
                    std::thread::yield_now();
                    number.store(read + 1, Ordering::SeqCst);
                    inside.fetch_sub(1, Ordering::SeqCst);
                    held.release().unwrap();
                }
            });
        }
    });
    assert_eq!(number.into_inner(), 80);
}

/// Over many leases.
fn a_lock_is_held_as_long_as_its_holder_lives(ground: &Ground) {
    let (one, other) = (ground.cache(), ground.cache());
    let held = one.lock("k").with_term(renewed()).acquire().unwrap();
    assert!(other.lock("k").acquire_within(LEASE * 6).unwrap().is_none());
    assert!(!held.is_lost());
    held.release().unwrap();
    other.lock("k").acquire_within(LIMIT).unwrap().unwrap().release().unwrap();
}

/// Whatever its holder still does is told, and takes nothing from the next one.
fn a_lock_with_a_term_is_lost_after_it(ground: &Ground) {
    let (one, other) = (ground.cache(), ground.cache());
    let lost = one.lock("k").with_term(fixed(50)).acquire().unwrap();
    let held = other.lock("k").acquire_within(LIMIT).unwrap().unwrap();
    assert!(lost.is_lost());
    assert!(lost.release().unwrap_err().is_lock_lost());
    assert!(one.lock("k").is_locked().unwrap());
    held.release().unwrap();
    assert!(!one.lock("k").is_locked().unwrap());
}

/// Without its time being over, and without a wait.
fn a_lock_that_is_dropped_is_given_back(ground: &Ground) {
    let (one, other) = (ground.cache(), ground.cache());
    drop(one.lock("k").with_term(fixed(HOUR_MS)).acquire().unwrap());
    let held = other.lock("k").acquire_within(LIMIT).unwrap().unwrap();
    drop(held);
    until("a lock that was dropped is free", || !one.lock("k").is_locked().unwrap());
}

/// And each comes free by itself.
fn a_semaphore_has_as_many_holders_as_its_limit(ground: &Ground) {
    let (one, other) = (ground.cache(), ground.cache());
    let semaphore = one.semaphore("some", 2).unwrap();
    let first = semaphore.acquire().unwrap();
    assert!(!semaphore.is_locked().unwrap());
    let second = other.semaphore("some", 2).unwrap().with_term(fixed(50)).acquire().unwrap();
    assert!(semaphore.is_locked().unwrap());
    // A lock of the same name is another thing.
    one.lock("some").acquire_within(Duration::ZERO).unwrap().unwrap().release().unwrap();
    let third = semaphore.acquire_within(LIMIT).unwrap().unwrap();
    assert!(second.release().unwrap_err().is_lock_lost());
    assert!(semaphore.is_locked().unwrap());
    first.release().unwrap();
    third.release().unwrap();
    for limit in [0, 1001] {
        assert!(one.semaphore("some", limit).unwrap_err().is_misuse());
    }
}

/// Which takes entries only.
fn a_clear_leaves_a_lock_held(ground: &Ground) {
    let cache = ground.cache();
    let held = cache.lock("k").acquire().unwrap();
    cache.core().clear().unwrap();
    assert!(ground.cache().lock("k").acquire_within(Duration::ZERO).unwrap().is_none());
    held.release().unwrap();
}

/// However it came free.
fn a_fencing_token_is_greater_than_those_before(ground: &Ground) {
    let cache = ground.cache();
    let first = cache.lock("k").acquire().unwrap();
    let mut last = first.fencing_token();
    first.release().unwrap();
    cache.core().clear().unwrap();
    for round in 0..5 {
        let held = ground.cache().lock("k").with_term(fixed(20)).acquire().unwrap();
        assert!(held.fencing_token() > last, "round {round}");
        last = held.fencing_token();
        if round % 2 == 0 {
            held.release().unwrap();
        }
    }
}

#[test]
fn a_term_that_makes_no_sense_is_refused() {
    assert!(Term::fixed(Duration::ZERO).unwrap_err().is_misuse());
    let refused = Term::renewed(Duration::from_millis(99)).unwrap_err();
    let wanted = "wanted a lease of a lock of 0.1 s at least, found: 0.099";
    assert_eq!(refused.to_string(), wanted);
}
