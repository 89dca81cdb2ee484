//! The way to a place: asked for, waited for, asked for again.
//!
//! Who finds all places held takes a rank among those of his process who wait; the first watches
//! the lock and is woken when a place is given back. What nobody tells of, a holder that died, is
//! found because the store says when the first place falls free by itself. A store that cannot be
//! watched is asked again after each of its paces.

use std::task::{Context, Poll};
use std::time::Duration;

use super::held::Held;
use super::keeper::{Locks, uptime};
use super::ranks::Rank;
use super::terms::{Places, Term};
use crate::base::fork;
use crate::base::sync::Arc;
use crate::base::{Error, ErrorKind, random};
use crate::store::{Locked, Reply, Request, Token, Watch};

/// One who wants a place. Ask [`Taking::advance`], do it, tell; until [`LockNext::Done`].
///
/// Dropped or abandoned at any point it leaves no place taken: where a reply is still to come, what
/// it brings is given back.
#[derive(Debug)]
pub struct Taking {
    locks: Arc<Locks>,
    places: Places,
    token: Token,
    term: Term,
    /// Of the process.
    generation: u64,
    /// Uptime after which it is given up; `None` for never.
    deadline: Option<Duration>,
    rank: Option<Rank>,
    /// Of the first.
    watch: Option<Watch>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// To be asked; `None` where that has not begun, else since when.
    Ask(Option<Duration>),
    Ended(Option<Held>),
    Wait {
        until: Duration,
        whom: For,
    },
}

/// What is waited for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum For {
    /// A place in a store that tells nobody.
    Nothing,
    Place,
    Rank,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LockNext {
    /// To bring [`Taking::request`] to the store and tell [`Taking::hear`] the reply.
    Ask,
    /// To wait to be told, at most so long, with [`Taking::wait`] or [`Taking::poll_told`].
    Await {
        /// How long.
        at_most: Duration,
    },
    /// To take what there is, with [`Taking::finish`].
    Done,
    /// To sleep so long.
    Pause(Duration),
}

impl Taking {
    /// Wants a place for a term, and waits for it at most so long; `None` is for ever.
    ///
    /// # Errors
    /// `Unavailable` where the kernel has no random bytes.
    pub(super) fn begin(
        locks: &Arc<Locks>,
        places: &Places,
        term: Term,
        patience: Option<Duration>,
    ) -> Result<Self, Error> {
        Ok(Self {
            locks: Arc::clone(locks),
            places: places.clone(),
            token: Token(random::bytes()?),
            term,
            generation: fork::generation(),
            deadline: patience.map(|patience| uptime().saturating_add(patience)),
            rank: None,
            watch: None,
            state: State::Ask(None),
        })
    }

    /// Goes on until there is something that takes time.
    pub fn advance(&mut self) -> LockNext {
        let now = uptime();
        match &self.state {
            State::Ask(_) => LockNext::Ask,
            State::Ended(_) => LockNext::Done,
            State::Wait { until, .. } if now >= *until => {
                self.state = State::Ask(None);
                LockNext::Ask
            }
            State::Wait { until, whom: For::Nothing } => LockNext::Pause(*until - now),
            State::Wait { until, .. } => LockNext::Await { at_most: *until - now },
        }
    }

    /// What the store is to be asked. From now on a reply is to come.
    pub fn request(&mut self) -> Request<'_> {
        self.state = State::Ask(Some(uptime()));
        Request::Lock {
            lock: self.places.name(),
            token: self.token,
            places: self.places.count(),
            period: self.term.period(),
        }
    }

    /// Takes the store's reply.
    ///
    /// # Errors
    /// The store's own, at once: nobody waits for a store that is down.
    pub fn hear(&mut self, reply: Result<Reply, Error>) -> Result<(), Error> {
        let asked = match self.state {
            State::Ask(Some(asked)) => asked,
            _ => return Ok(()),
        };
        match reply? {
            Reply::Locked(Locked::Taken { fencing_token }) => {
                let (place, locks) = ((self.places.clone(), self.token), &self.locks);
                let held = Held::new(locks, place, fencing_token, self.term, asked);
                self.end(Some(held));
            }
            Reply::Locked(Locked::Full { left }) => self.found_full(left),
            other => {
                let message = format!("the store gave an answer of another kind: {other:?}");
                return Err(Error::new(ErrorKind::Corrupt, message));
            }
        }
        Ok(())
    }

    /// Blocks until it is told that a place is free, or the time is over; true where either is so
    /// by then.
    pub fn wait(&mut self, at_most: Duration) -> bool {
        let State::Wait { until, .. } = self.state else { return true };
        let is_told = match self.watched() {
            Some(watch) => watch.wait(at_most),
            None => {
                std::thread::sleep(at_most);
                false
            }
        };
        if is_told {
            self.state = State::Ask(None);
        }
        is_told || uptime() >= until
    }

    /// Ready when it is told that a place is free; the waker is called once when it is.
    pub fn poll_told(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let told = self.watched().map_or(Poll::Ready(()), |watch| watch.poll(context));
        if told.is_ready() && matches!(self.state, State::Wait { .. }) {
            self.state = State::Ask(None);
        }
        told
    }

    /// At the end: what is held, `None` where the time was over before.
    pub fn finish(mut self) -> Option<Held> {
        match &mut self.state {
            State::Ended(held) => held.take(),
            State::Ask(_) | State::Wait { .. } => None,
        }
    }

    /// Goes the whole way in this thread. `look_up` is asked now and then while it waits; what it
    /// says ends the wait.
    ///
    /// # Errors
    /// As [`Taking::hear`]; what `look_up` says.
    pub fn run<E: From<Error>>(
        mut self,
        mut look_up: impl FnMut() -> Result<(), E>,
    ) -> Result<Option<Held>, E> {
        loop {
            match self.advance() {
                LockNext::Ask => {
                    let store = Arc::clone(&self.locks.store);
                    let reply = store.call(self.request());
                    self.hear(reply)?;
                }
                LockNext::Await { at_most } | LockNext::Pause(at_most) => {
                    self.wait(at_most.min(LOOK_UP));
                }
                LockNext::Done => return Ok(self.finish()),
            }
            look_up()?;
        }
    }

    /// Goes the whole way in a task.
    ///
    /// # Errors
    /// As [`Taking::hear`].
    ///
    /// # Cancel safety
    /// Dropped at any point it leaves no place taken.
    #[cfg(feature = "tokio")]
    pub(crate) async fn run_in_task(mut self) -> Result<Option<Held>, Error> {
        loop {
            match self.advance() {
                LockNext::Ask => {
                    let store = Arc::clone(&self.locks.store);
                    let reply = store.call_in_task(self.request()).await;
                    self.hear(reply)?;
                }
                LockNext::Await { at_most } => {
                    let told = std::future::poll_fn(|context| self.poll_told(context));
                    drop(tokio::time::timeout(at_most, told).await);
                }
                LockNext::Pause(pace) => tokio::time::sleep(pace).await,
                LockNext::Done => return Ok(self.finish()),
            }
        }
    }

    fn found_full(&mut self, left: Option<Duration>) {
        let now = uptime();
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            return self.end(None);
        }
        let rank = self.rank.get_or_insert_with(|| self.locks.join(&self.places));
        let (whom, pace) = if !rank.is_first() {
            (For::Rank, LOOK_AGAIN)
        } else if self.watches() {
            // The store rounds down.
            let pace = left.map_or(LOOK_AGAIN, |left| (left + ROUNDED).min(LOOK_AGAIN));
            (For::Place, pace)
        } else {
            (For::Nothing, self.locks.store.pace())
        };
        let until = now.saturating_add(pace);
        let until = self.deadline.map_or(until, |deadline| until.min(deadline));
        self.state = State::Wait { until, whom };
    }

    /// True where the store tells of places that are given back.
    fn watches(&mut self) -> bool {
        if self.watch.is_none() {
            self.watch = self.locks.store.watch_lock(self.places.name());
        }
        self.watch.is_some()
    }

    /// What tells, if anything does.
    fn watched(&mut self) -> Option<&mut Watch> {
        match self.state {
            State::Wait { whom: For::Rank, .. } => self.rank.as_mut().map(|rank| &mut rank.watch),
            State::Wait { whom: For::Place, .. } => self.watch.as_mut(),
            _ => None,
        }
    }

    /// Nobody waits for this one any more.
    fn end(&mut self, held: Option<Held>) {
        self.state = State::Ended(held);
        self.rank = None;
    }
}

impl Drop for Taking {
    fn drop(&mut self) {
        // A reply that was not heard, or was an error, may have been that the place is taken: by
        // this process, not by one that was forked meanwhile.
        if let State::Ask(Some(_)) = self.state
            && self.generation == fork::generation()
        {
            let until = uptime().saturating_add(self.term.period());
            self.locks.give_back(&self.places, self.token, until);
        }
    }
}

/// How long a word that was lost on its way, or a first one who does not go on, may keep a
/// waiter.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
const ROUNDED: Duration = Duration::from_millis(1);
/// How soon who waits notices that it is to stop.
const LOOK_UP: Duration = Duration::from_millis(50);
