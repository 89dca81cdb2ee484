//! Calls during which other threads of Python may run, and the way back to the interpreter's lock.
//!
//! A thread that finds the lock held sleeps until it is free, and waking it on another core costs
//! more than a call. But a thread that comes from one of these calls mostly holds the lock for a
//! few microseconds, until its next one. So who comes back meanwhile looks on for about so long
//! before it asks for the lock. This is advice and no lock: whoever does not heed it waits as ever.

use std::cell::Cell;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::yield_now;

use pyo3::Python;

/// Calls what may wait, without the interpreter's lock.
pub(crate) fn detached<T: Send>(py: Python<'_>, call: impl FnOnce() -> T + Send) -> T {
    let (called, stint) = py.detach(|| {
        STINTS.end();
        let called = call();
        (called, STINTS.look_on())
    });
    STINTS.begin(stint);
    called
}

/// The times in which a thread holds the interpreter's lock after one of these calls.
struct Stints {
    /// Which is on, as far as is known.
    current: AtomicU64,
    /// One that lasted longer than somebody looked on: nobody does so again.
    long: AtomicU64,
    last: AtomicU64,
}

static STINTS: Stints = Stints {
    current: AtomicU64::new(NONE),
    long: AtomicU64::new(NONE),
    last: AtomicU64::new(NONE),
};

impl Stints {
    /// Returns when no stint is on, or when one lasts; the number of the caller's.
    fn look_on(&self) -> u64 {
        let next = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        for _ in 0..ROUNDS {
            for _ in 0..LOOKS {
                let current = self.current.load(Ordering::Relaxed);
                let is_next = current == NONE && self.follows(NONE, next);
                if is_next || self.is_long(current) {
                    return next;
                }
                spin_loop();
            }
            // A server on this machine may need the core.
            yield_now();
        }
        self.long.store(self.current.load(Ordering::Relaxed), Ordering::Relaxed);
        next
    }

    fn is_long(&self, stint: u64) -> bool {
        stint != NONE && stint == self.long.load(Ordering::Relaxed)
    }

    fn begin(&self, stint: u64) {
        OWN.set(stint);
        self.current.store(stint, Ordering::Relaxed);
    }

    /// Ends the one of this thread, where no other has begun since.
    fn end(&self) {
        self.follows(OWN.get(), NONE);
    }

    fn follows(&self, stint: u64, next: u64) -> bool {
        let (order, current) = (Ordering::Relaxed, &self.current);
        current.compare_exchange(stint, next, order, order).is_ok()
    }
}

thread_local! {
    static OWN: Cell<u64> = const { Cell::new(NONE) };
}

const NONE: u64 = 0;

/// About as long as a stint between two calls, on machines of today.
const LOOKS: u32 = 100;
/// A few stints: threads come back in any order.
const ROUNDS: u32 = 16;
