//! Tells a forked child from its parent.
//!
//! A child inherits memory but none of the threads: locks held by another thread stay locked for
//! ever, sockets and LMDB environments are shared with the parent. So every handle lives behind a
//! [`PerProcess`], which makes a new one in the child and leaks what was inherited: it is never
//! dropped, locked or written to there.

use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use super::sync::{Mutex, MutexGuard, lock};

/// The number of forks between the first process and this one. Costs one load.
pub fn generation() -> u64 {
    GENERATION.load(Ordering::Relaxed)
}

/// Makes [`generation`] count; called by whatever owns something that does not survive a fork.
pub(crate) fn watch() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // SAFETY: the handlers take and give back one lock, which no thread holds while it waits
        // for anything, and add to an atomic: allowed in a forked child.
        #[expect(unsafe_code, reason = "the one way to be told of a fork")]
        unsafe {
            libc::pthread_atfork(Some(close_gate), Some(open_gate), Some(begin_child));
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

/// A value that a forked child keeps. Its lock is never inherited held: no thread is inside while
/// another one forks.
///
/// For what is touched seldom: all of these share one lock.
#[derive(Debug, Default)]
pub(crate) struct Kept<T>(Mutex<T>);

impl<T> Kept<T> {
    pub(crate) fn new(value: T) -> Self {
        watch();
        Self(Mutex::new(value))
    }

    /// Runs `act` on the value. It must not call back into the cache.
    pub(crate) fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> R {
        let _gate = lock(&GATE);
        act(&mut lock(&self.0))
    }
}

static GATE: Mutex<()> = Mutex::new(());

thread_local! {
    /// What the forking thread holds; never dropped with its thread.
    static CLOSED: RefCell<Option<ManuallyDrop<MutexGuard<'static, ()>>>> =
        const { RefCell::new(None) };
}

extern "C" fn close_gate() {
    let gate = ManuallyDrop::new(lock(&GATE));
    CLOSED.with_borrow_mut(|closed| *closed = Some(gate));
}

extern "C" fn open_gate() {
    let gate = CLOSED.with_borrow_mut(Option::take);
    drop(gate.map(ManuallyDrop::into_inner));
}

extern "C" fn begin_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
    open_gate();
}
