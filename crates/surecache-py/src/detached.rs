//! Calls during which other threads of Python may run, and the way back to the interpreter's lock.
//!
//! A thread that finds the lock held sleeps until it is free, and waking it on another core costs
//! more than a call. But a thread that comes from one of these calls mostly holds the lock for a
//! few microseconds, until its next one. So who comes back meanwhile looks on for about so long
//! before it asks for the lock. Where that was in vain (the other one does something else for long)
//! fewer and fewer look on. This is advice and no lock: whoever does not heed it waits as ever.

use std::cell::Cell;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
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
    last: AtomicU64,
    /// How many do not look on after one that did so in vain, and how many of them are left.
    pause: AtomicU32,
    left_out: AtomicU32,
}

static STINTS: Stints = Stints {
    current: AtomicU64::new(NONE),
    last: AtomicU64::new(NONE),
    pause: AtomicU32::new(0),
    left_out: AtomicU32::new(0),
};

impl Stints {
    /// Returns when no stint is on, or when one lasts; the number of the caller's.
    fn look_on(&self) -> u64 {
        let next = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        if self.follows(NONE, next) || self.is_left_out() {
            return next;
        }
        for _ in 0..ROUNDS {
            for _ in 0..LOOKS {
                spin_loop();
                let is_free = self.current.load(Ordering::Relaxed) == NONE;
                if is_free && self.follows(NONE, next) {
                    self.pause.store(0, Ordering::Relaxed);
                    return next;
                }
            }
            // A server on this machine may need the core.
            yield_now();
        }
        let pause = (2 * self.pause.load(Ordering::Relaxed)).clamp(1, LONGEST_PAUSE);
        self.pause.store(pause, Ordering::Relaxed);
        self.left_out.store(pause, Ordering::Relaxed);
        next
    }

    fn is_left_out(&self) -> bool {
        let left = self.left_out.load(Ordering::Relaxed);
        // Of two who count at once one may be lost.
        self.left_out.store(left.saturating_sub(1), Ordering::Relaxed);
        left > 0
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
/// Looking on in vain costs some tens of microseconds: shared by so many calls it is nothing.
const LONGEST_PAUSE: u32 = 1024;
