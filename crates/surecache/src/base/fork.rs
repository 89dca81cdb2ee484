//! Tells a forked child from its parent.
//!
//! A child inherits memory but none of the threads: locks held by another thread stay locked for
//! ever, sockets and LMDB environments are shared with the parent. So every handle lives behind a
//! [`PerProcess`], which makes a new one in the child and leaks what was inherited: it is never
//! dropped, locked or written to there.

use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// The number of forks between the first process and this one. Costs one load.
pub fn generation() -> u64 {
    GENERATION.load(Ordering::Relaxed)
}

/// Makes [`generation`] count; called by whatever owns something that does not survive a fork.
pub(crate) fn watch() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // SAFETY: the handler only adds to an atomic, which is allowed in a forked child.
        #[expect(unsafe_code, reason = "the one way to be told of a fork")]
        unsafe {
            libc::pthread_atfork(None, None, Some(bump));
        }
    });
}

/// A value of which each process has its own.
pub(crate) struct PerProcess<T> {
    current: AtomicPtr<Slot<T>>,
}

impl<T> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self { current: AtomicPtr::new(ptr::null_mut()) }
    }

    /// This process's value, made by `make` at the first call here. `make` may run in two threads
    /// at once; one result is kept, the other dropped.
    pub(crate) fn get_or_make(&self, make: impl FnOnce() -> T) -> &T {
        match self.get() {
            Some(value) => value,
            None => self.publish(make()),
        }
    }

    /// This process's value, if it has been made.
    pub(crate) fn get(&self) -> Option<&T> {
        let slot = self.current.load(Ordering::Acquire);
        // SAFETY: a published slot is never freed before `self` is dropped.
        #[expect(unsafe_code, reason = "a generation-checked pointer")]
        let slot = unsafe { slot.as_ref() }?;
        (slot.generation == generation()).then_some(&slot.value)
    }

    fn publish(&self, value: T) -> &T {
        watch();
        let generation = generation();
        let fresh = Box::into_raw(Box::new(Slot { generation, value }));
        loop {
            let seen = self.current.load(Ordering::Acquire);
            // SAFETY: as in `get`.
            #[expect(unsafe_code, reason = "a generation-checked pointer")]
            if let Some(slot) = unsafe { seen.as_ref() }
                && slot.generation == generation
            {
                // SAFETY: `fresh` was never published.
                #[expect(unsafe_code, reason = "gives back what lost the race")]
                drop(unsafe { Box::from_raw(fresh) });
                return &slot.value;
            }
            let swapped =
                self.current.compare_exchange(seen, fresh, Ordering::AcqRel, Ordering::Acquire);
            if swapped.is_ok() {
                // What was there belongs to the parent: leaked.
                // SAFETY: `fresh` is valid and from now on only freed by `drop`.
                #[expect(unsafe_code, reason = "a generation-checked pointer")]
                return unsafe { &(*fresh).value };
            }
        }
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let slot = *self.current.get_mut();
        if slot.is_null() {
            return;
        }
        // SAFETY: nobody else holds a reference, as `self` is borrowed mutably; a slot of a
        // parent is left alone.
        #[expect(unsafe_code, reason = "a generation-checked pointer")]
        unsafe {
            if (*slot).generation == generation() {
                drop(Box::from_raw(slot));
            }
        }
    }
}

impl<T> std::fmt::Debug for PerProcess<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PerProcess").finish_non_exhaustive()
    }
}

// SAFETY: hands out shared references only; the value is made and dropped by whole.
#[expect(unsafe_code, reason = "an owning pointer")]
unsafe impl<T: Send + Sync> Send for PerProcess<T> {}
// SAFETY: as above.
#[expect(unsafe_code, reason = "an owning pointer")]
unsafe impl<T: Send + Sync> Sync for PerProcess<T> {}

struct Slot<T> {
    generation: u64,
    value: T,
}

static GENERATION: AtomicU64 = AtomicU64::new(0);

extern "C" fn bump() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}
