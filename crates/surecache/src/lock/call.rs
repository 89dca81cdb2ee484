//! One question about places.

use std::time::Duration;

use super::held::Place;
use super::keeper::{Locks, uptime};
use super::terms::Places;
use crate::base::fork;
use crate::base::sync::Arc;
use crate::base::{Error, ErrorKind};
use crate::store::{Prolongation, Reply, Request};

/// A question on its way: bring [`LockCall::request`] to the store and tell [`LockCall::hear`] the
/// reply. A place that the store was not reached to take back, or whose release nobody waited for,
/// is given back by the thread that renews.
#[derive(Debug)]
pub struct LockCall {
    locks: Arc<Locks>,
    what: What,
    asked: Duration,
}

#[derive(Debug)]
enum What {
    IsFull(Places),
    IsOwn(Arc<Place>),
    Prolong(Arc<Place>, Prolongation),
    Unlock(Unlocking),
}

/// Gives the place back when it is dropped before the store has said what became of it.
#[derive(Debug)]
struct Unlocking {
    locks: Arc<Locks>,
    place: Arc<Place>,
    /// Of the process.
    generation: u64,
    is_heard: bool,
}

/// How a question about places ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LockDone {
    /// The answer to a look.
    Is(bool),
    /// Prolonged: how long the place is held from now on.
    Prolonged(Duration),
    /// Given back.
    Released,
}

impl LockCall {
    pub(super) fn is_full(locks: &Arc<Locks>, places: &Places) -> Self {
        Self::new(locks, What::IsFull(places.clone()))
    }

    pub(super) fn is_own(locks: &Arc<Locks>, place: &Arc<Place>) -> Self {
        Self::new(locks, What::IsOwn(Arc::clone(place)))
    }

    pub(super) fn prolong(locks: &Arc<Locks>, place: &Arc<Place>, by: Prolongation) -> Self {
        Self::new(locks, What::Prolong(Arc::clone(place), by))
    }

    pub(super) fn unlock(locks: &Arc<Locks>, place: &Arc<Place>) -> Self {
        let (owner, place) = (Arc::clone(locks), Arc::clone(place));
        let generation = fork::generation();
        let unlocking = Unlocking { locks: owner, place, generation, is_heard: false };
        Self::new(locks, What::Unlock(unlocking))
    }

    fn new(locks: &Arc<Locks>, what: What) -> Self {
        Self { locks: Arc::clone(locks), what, asked: uptime() }
    }

    /// What is to be asked.
    pub fn request(&self) -> Request<'_> {
        match &self.what {
            What::IsFull(places) => {
                Request::Holders { lock: places.name(), places: places.count() }
            }
            What::IsOwn(place) => {
                let places = &place.places;
                Request::Holders { lock: places.name(), places: places.count() }
            }
            What::Prolong(place, by) => place.prolonging(*by),
            What::Unlock(Unlocking { place, .. }) => place.places.unlocking(place.token),
        }
    }

    /// Takes the reply.
    ///
    /// # Errors
    /// `LockLost` where the place was not held any more; the store's own.
    pub fn hear(mut self, reply: Result<Reply, Error>) -> Result<LockDone, Error> {
        match (&mut self.what, reply?) {
            (What::IsFull(places), Reply::Holders(holders)) => {
                Ok(LockDone::Is(holders.len() >= places.count() as usize))
            }
            (What::IsOwn(place), Reply::Holders(holders)) => {
                Ok(LockDone::Is(holders.contains(&place.token)))
            }
            (What::Prolong(place, _), Reply::Prolonged(Some(left))) => {
                place.hold_until(self.asked.saturating_add(left));
                Ok(LockDone::Prolonged(left))
            }
            (What::Prolong(place, _), Reply::Prolonged(None)) => {
                place.lose();
                Err(lost())
            }
            (What::Unlock(unlocking), Reply::Unlocked(was_held)) => {
                unlocking.is_heard = true;
                if was_held { Ok(LockDone::Released) } else { Err(lost()) }
            }
            (_, other) => {
                let message = format!("the store gave an answer of another kind: {other:?}");
                Err(Error::new(ErrorKind::Corrupt, message))
            }
        }
    }

    /// Asks the store in this thread.
    ///
    /// # Errors
    /// As [`LockCall::hear`].
    pub fn run(self) -> Result<LockDone, Error> {
        let reply = self.locks.store.call(self.request());
        self.hear(reply)
    }

    /// Asks the store in a task.
    ///
    /// # Errors
    /// As [`LockCall::hear`].
    #[cfg(feature = "tokio")]
    pub(crate) async fn run_in_task(self) -> Result<LockDone, Error> {
        let reply = self.locks.store.call_in_task(self.request()).await;
        self.hear(reply)
    }
}

impl Drop for Unlocking {
    fn drop(&mut self) {
        if !self.is_heard && self.generation == fork::generation() {
            let place = &self.place;
            self.locks.give_back(&place.places, place.token, place.until());
        }
    }
}

/// Whoever did what the lock protects may have been overtaken.
pub(super) fn lost() -> Error {
    let message = "the lock was lost before it was released: its time was over";
    let hint = "others may have held it since; what it protects can compare fencing tokens";
    Error::new(ErrorKind::LockLost, message).with_hint(hint)
}

/// In a forked child.
pub(super) fn not_here() -> Error {
    let message = "the lock is held by the parent process, and not by this fork of it";
    Error::new(ErrorKind::LockLost, message)
}
