//! What must hold when many ask at once.

use std::collections::HashSet;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use surecache::stores::{Acquired, Condition, Mark, Put, Token};

use super::{LIFE, PERIOD, Subject, assert_taken, entry, tag, token};
use crate::Ask;

/// Exactly one, and all others learn who.
pub fn one_of_64_threads_takes_a_lease(subject: &Subject) {
    for round in 0..5 {
        let taken = AtomicUsize::new(0);
        let named = race(64, |number| {
            let own = Token([u8::try_from(number).unwrap_or(255); 16]);
            match subject.store().acquire(&entry(round), own, PERIOD) {
                Acquired::Held { token, .. } => token,
                Acquired::Taken { .. } => {
                    taken.fetch_add(1, Ordering::Relaxed);
                    own
                }
            }
        });
        assert_eq!(taken.load(Ordering::Relaxed), 1, "threads that took the lease");
        let different: HashSet<_> = named.into_iter().collect();
        assert_eq!(different.len(), 1, "wanted one holder, found: {different:?}");
    }
}

/// Whoever creates it.
pub fn threads_agree_on_a_generation(subject: &Subject) {
    for round in 0..5 {
        let made = race(64, |_| subject.store().establish(&[tag(round)], LIFE)[0]);
        let different: HashSet<_> = made.into_iter().collect();
        assert_eq!(different.len(), 1, "wanted one generation, found: {different:?}");
    }
}

/// Whichever comes first: a put before the delete is deleted, one after it is fenced.
pub fn a_deleted_entry_is_not_stored_by_a_load_in_flight(subject: &Subject) {
    for round in 0..100 {
        let key = entry(round);
        assert_taken(subject.store().acquire(&key, token(1), PERIOD));
        let answers = race(2, |number| {
            let store = subject.store();
            if number == 0 {
                store.delete(std::slice::from_ref(&key)) == 1
            } else {
                store.put(&key, b"late", Condition::Leased(token(1))) == Put::Stored
            }
        });
        assert_eq!(answers[0], answers[1], "deleted and stored do not agree: {answers:?}");
        assert_eq!(subject.store().entry(&key), None);
    }
}

/// The compare and the put are one step.
pub fn no_update_is_lost_among_compare_and_swaps(subject: &Subject) {
    const THREADS: u8 = 8;
    const UPDATES: u8 = 25;
    let key = entry(1);
    subject.store().put(&key, &numbered(0, 0, 0), Condition::Always);
    race(usize::from(THREADS), |thread| {
        let store = subject.store();
        let thread = u8::try_from(thread).unwrap_or(255);
        for update in 0..UPDATES {
            loop {
                let Some(read) = store.entry(&key) else { panic!("the entry went away") };
                let next = numbered(thread + 1, update, count_in(&read) + 1);
                let unchanged = Condition::Unchanged(Some(Mark::of(&read)));
                if store.put(&key, &next, unchanged) == Put::Stored {
                    break;
                }
            }
        }
    });
    let found = subject.store().entry(&key).map(|bytes| count_in(&bytes));
    assert_eq!(found, Some(u32::from(THREADS) * u32::from(UPDATES)));
}

/// An entry is replaced whole.
pub fn no_reader_sees_a_torn_entry(subject: &Subject) {
    let key = entry(1);
    let whole = |byte: u8| vec![byte; 100 + usize::from(byte) * 97];
    subject.store().put(&key, &whole(0), Condition::Always);
    let writers = AtomicUsize::new(2);
    race(4, |thread| {
        let store = subject.store();
        if thread < 2 {
            let _over = Over(&writers);
            for byte in 0..200_u8 {
                store.put(&key, &whole(byte), Condition::Always);
            }
            return;
        }
        while writers.load(Ordering::Relaxed) > 0 {
            let Some(found) = store.entry(&key) else { panic!("the entry went away") };
            let byte = found.first().copied().unwrap_or(0);
            assert!(found == whole(byte), "found parts of two entries, first byte: {byte}");
        }
    });
}

/// From the moment that the invalidation has returned.
pub fn no_reader_sees_a_generation_from_before_an_invalidation(subject: &Subject) {
    let invalidating = AtomicUsize::new(1);
    let tags = [tag(1)];
    race(3, |thread| {
        let store = subject.store();
        if thread > 0 {
            while invalidating.load(Ordering::Relaxed) > 0 {
                store.establish(&tags, LIFE);
            }
            return;
        }
        let _over = Over(&invalidating);
        let mut ended = HashSet::new();
        for _ in 0..200 {
            let made = store.establish(&tags, LIFE);
            store.invalidate(&tags);
            ended.insert(made[0].generation);
            if let Some(reading) = store.generations(&tags)[0] {
                assert!(!ended.contains(&reading.generation), "came back: {reading:?}");
            }
        }
    });
}

/// Runs `work` in threads that start together; its results in the order of the threads.
pub(super) fn race<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(threads);
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|number| {
                let (start, work) = (&start, &work);
                scope.spawn(move || {
                    start.wait();
                    work(number)
                })
            })
            .collect();
        running
            .into_iter()
            .map(|thread| match thread.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    })
}

/// Counts a thread down when it ends, also by a panic: so that the others end too.
struct Over<'a>(&'a AtomicUsize);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// An entry with a mark of its own and a count.
pub(super) fn numbered(thread: u8, update: u8, count: u32) -> Vec<u8> {
    let mut bytes = vec![0; Mark::BYTES];
    bytes[0] = thread;
    bytes[1] = update;
    bytes.extend_from_slice(&count.to_le_bytes());
    bytes
}

pub(super) fn count_in(bytes: &[u8]) -> u32 {
    bytes.last_chunk().map_or(0, |count| u32::from_le_bytes(*count))
}
