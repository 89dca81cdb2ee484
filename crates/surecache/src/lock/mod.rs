//! Locks and semaphores by name, for users: with leases, fencing tokens and word of their loss.
//!
//! A lock has one place, a semaphore some; the store says who holds them. Whoever takes a place is
//! given a guard, [`Held`], and a number, the *fencing token*, that is greater than every one given
//! before: what the lock protects can refuse a holder that was overtaken without noticing.
//!
//! - [`Taking`] is the way to a place, without I/O: asked, waited, asked again.
//! - [`LockCall`] is one question about a place: given back, prolonged, looked at.
//! - `ranks` has one waiter of a process look at the store for all.
//! - `keeper` renews what is held, in one thread, and gives back what was dropped.
//!
//! A place whose holder died falls free when its lease is over. A holder whose lease was over is
//! told when it releases or prolongs, and may look at any time: [`Held::is_lost`].

mod call;
mod held;
mod keeper;
mod ranks;
mod taking;
mod terms;

pub use call::{LockCall, LockDone};
pub use held::Held;
pub(crate) use keeper::Locks;
pub use taking::{LockNext, Taking};
pub use terms::{Places, Term};
