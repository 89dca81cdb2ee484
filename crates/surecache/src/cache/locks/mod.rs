//! Locks and semaphores, through both doors.

#[cfg(feature = "tokio")]
mod asynchronous;
mod blocking;

#[cfg(feature = "tokio")]
pub use asynchronous::{Lock, LockGuard};
pub use blocking::{BlockingLock, BlockingLockGuard};
