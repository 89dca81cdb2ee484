//! The locks of the crate. A lock is never held over a loader, I/O or a callback.
//!
//! Order, outermost first: `flight::Flights`, one flight's state, `lease::Leases`, `lock::Locks`, a
//! store's own, one set of `near::Near`.
//! A panic inside a critical section leaves whole states behind (each section is a single change),
//! so poisoning is ignored.

pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

/// Locks, whatever a panicked holder left.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
