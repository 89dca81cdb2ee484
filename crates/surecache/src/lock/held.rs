//! A place that is held.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::call::{LockCall, not_here};
use super::keeper::{Locks, uptime};
use super::terms::{Places, Term};
use crate::base::sync::Arc;
use crate::base::{Error, fork};
use crate::store::{Prolongation, Request, Token};

/// A place of a lock or semaphore, held by this process. Dropping it gives it back soon, without
/// waiting for the store; [`Held::releasing`] waits, and tells whether it was still held.
///
/// A forked child holds nothing of what its parent holds: there the guard is lost, and dropping it
/// does nothing.
#[must_use = "dropping it gives the lock back"]
pub struct Held {
    locks: Arc<Locks>,
    place: Arc<Place>,
    term: Term,
    generation: u64,
    is_given_back: bool,
}

/// What the holder and the thread that renews share.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) places: Places,
    pub(super) token: Token,
    fencing_token: u64,
    /// Uptime in nanoseconds until which it is known to be held.
    until_ns: AtomicU64,
    is_lost: AtomicBool,
}

impl Held {
    /// `asked` is the uptime before the store was: the period began no earlier.
    pub(super) fn new(
        locks: &Arc<Locks>,
        (places, token): (Places, Token),
        fencing_token: u64,
        term: Term,
        asked: Duration,
    ) -> Self {
        let place = Arc::new(Place {
            places,
            token,
            fencing_token,
            until_ns: AtomicU64::new(nanos(asked.saturating_add(term.period()))),
            is_lost: AtomicBool::new(false),
        });
        if term.is_renewed() {
            locks.keep(&place, term.period());
        }
        let (locks, generation) = (Arc::clone(locks), fork::generation());
        Self { locks, place, term, generation, is_given_back: false }
    }

    /// Greater than that of every earlier holder of a lock in the namespace.
    pub fn fencing_token(&self) -> u64 {
        self.place.fencing_token
    }

    /// How long it is held.
    pub fn term(&self) -> Term {
        self.term
    }

    /// True where it is known here that the place is not held any more: its time is over, or the
    /// store said so. False is no promise: the store may have lost it a moment ago.
    pub fn is_lost(&self) -> bool {
        !self.is_here() || self.place.is_lost()
    }

    /// Gives it back, and tells whether it was still held.
    ///
    /// # Errors
    /// `LockLost` in a forked child.
    pub fn releasing(mut self) -> Result<LockCall, Error> {
        self.is_given_back = true;
        self.stop_renewing();
        match self.is_here() {
            true => Ok(LockCall::unlock(&self.locks, &self.place)),
            false => Err(not_here()),
        }
    }

    /// Changes how long it is held.
    ///
    /// # Errors
    /// Misuse where it is renewed, so that it is held until it is given back, and below a
    /// millisecond; `LockLost` in a forked
    /// child.
    pub fn prolonging(&self, by: Prolongation) -> Result<LockCall, Error> {
        if self.term.is_renewed() {
            let message =
                "wanted a lock with a timeout to be prolonged, found: one that is renewed";
            return Err(Error::misuse(message).with_hint("it is held until it is released"));
        }
        Term::check_prolongation(by)?;
        match self.is_here() {
            true => Ok(LockCall::prolong(&self.locks, &self.place, by)),
            false => Err(not_here()),
        }
    }

    /// Asks the store whether it is held; in a forked child, whether it is by the parent.
    pub fn looking(&self) -> LockCall {
        LockCall::is_own(&self.locks, &self.place)
    }

    /// Leaves the place taken until its time is over; one that is renewed is renewed no more.
    pub fn leave(mut self) {
        self.is_given_back = true;
        self.stop_renewing();
    }

    fn stop_renewing(&self) {
        if self.is_here() {
            self.locks.stop_keeping(self.place.token);
        }
    }

    fn is_here(&self) -> bool {
        self.generation == fork::generation()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if !self.is_given_back && self.is_here() {
            let place = &self.place;
            self.locks.give_back(&place.places, place.token, place.until());
        }
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("place", &self.place).field("term", &self.term).finish()
    }
}

impl Place {
    pub(super) fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Relaxed)
            || nanos(uptime()) >= self.until_ns.load(Ordering::Relaxed)
    }

    /// Uptime until which it is known to be held.
    pub(super) fn until(&self) -> Duration {
        Duration::from_nanos(self.until_ns.load(Ordering::Relaxed))
    }

    pub(super) fn lose(&self) {
        self.is_lost.store(true, Ordering::Relaxed);
    }

    pub(super) fn prolonging(&self, by: Prolongation) -> Request<'_> {
        let (lock, places) = (self.places.name(), self.places.count());
        Request::Prolong { lock, token: self.token, places, by }
    }

    pub(super) fn hold_until(&self, until: Duration) {
        self.until_ns.store(nanos(until), Ordering::Relaxed);
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
