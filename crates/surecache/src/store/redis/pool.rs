//! The connections of one process to one server: as many as there are callers at once, up to a
//! bound, beyond which callers wait in the order in which they came.

use std::collections::VecDeque;
use std::time::Duration;

use super::link::Link;
use super::options::RedisOptions;
use super::trouble::Trouble;
use crate::base::Error;
use crate::base::sync::{Arc, Condvar, Mutex, PoisonError, lock};
use crate::store::Standing;

/// Lends connections.
#[derive(Debug)]
pub(super) struct Pool {
    options: RedisOptions,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Last used last, and used again first: what is not needed grows old and is closed.
    #[expect(clippy::vec_box, reason = "lent and taken back at each call, as it is")]
    idle: Vec<Box<Link>>,
    /// How many are open or being opened, the idle ones included.
    open: usize,
    queue: VecDeque<Arc<Seat>>,
}

/// Where a caller waits for its turn.
#[derive(Debug, Default)]
struct Seat {
    grant: Mutex<Option<Grant>>,
    granted: Condvar,
}

#[derive(Debug)]
enum Grant {
    Link(Box<Link>),
    /// The right to open one.
    Right,
}

/// A connection on loan. Dropped without [`Lent::give_back`] it is closed.
#[derive(Debug)]
pub(super) struct Lent<'a> {
    right: Right<'a>,
    link: Box<Link>,
}

/// The right to have one connection open. Dropped, it is the next caller's.
#[derive(Debug)]
struct Right<'a>(&'a Pool);

impl Pool {
    pub(super) fn new(options: &RedisOptions) -> Self {
        Self { options: options.clone(), state: Mutex::default() }
    }

    /// A connection, opened where none is idle. Who finds all in use waits for at most the time
    /// that a command may take.
    ///
    /// # Errors
    /// `Unavailable` where none could be had or opened.
    pub(super) fn lend(&self, uptime: Duration) -> Result<Lent<'_>, Trouble> {
        loop {
            let grant = self.grant().map_err(Trouble::refusal)?;
            let right = Right(self);
            match grant {
                Grant::Link(link) if self.is_of_use(&link, uptime) => {
                    return Ok(Lent { right, link });
                }
                // Closed, and its right given on.
                Grant::Link(_) => {}
                Grant::Right => {
                    let link = Box::new(Link::connect(&self.options)?);
                    return Ok(Lent { right, link });
                }
            }
        }
    }

    /// Closes what is idle: what one connection met, the others will.
    pub(super) fn close_idle(&self) {
        let idle = {
            let mut state = lock(&self.state);
            let idle = std::mem::take(&mut state.idle);
            state.open -= idle.len();
            idle
        };
        drop(idle);
    }

    fn is_of_use(&self, link: &Link, uptime: Duration) -> bool {
        link.is_alive(uptime) && self.options.standing(&link.server) == Standing::Here
    }

    fn grant(&self) -> Result<Grant, Error> {
        let seat = {
            let mut state = lock(&self.state);
            if let Some(link) = state.idle.pop() {
                return Ok(Grant::Link(link));
            }
            if state.open < self.options.max_connections {
                state.open += 1;
                return Ok(Grant::Right);
            }
            let seat = Arc::new(Seat::default());
            state.queue.push_back(Arc::clone(&seat));
            seat
        };
        let waited = seat.wait(self.options.timeout);
        waited.or_else(|| self.leave(&seat)).ok_or_else(|| self.crowded())
    }

    /// Gives up waiting; what was granted at the last moment is taken.
    fn leave(&self, seat: &Arc<Seat>) -> Option<Grant> {
        lock(&self.state).queue.retain(|other| !Arc::ptr_eq(other, seat));
        lock(&seat.grant).take()
    }

    fn crowded(&self) -> Error {
        let (timeout, most) = (self.options.timeout.as_millis(), self.options.max_connections);
        let message = format!("wanted one of {most} connections within {timeout} ms, found: none");
        Error::unavailable(message).with_hint("raise max_connections, or have fewer threads")
    }

    fn take_back(&self, link: Option<Box<Link>>) {
        let mut state = lock(&self.state);
        match (state.queue.pop_front(), link) {
            (Some(seat), Some(link)) => seat.give(Grant::Link(link)),
            (Some(seat), None) => seat.give(Grant::Right),
            (None, Some(link)) => state.idle.push(link),
            (None, None) => state.open -= 1,
        }
    }
}

impl Lent<'_> {
    pub(super) fn link(&mut self) -> &mut Link {
        &mut self.link
    }

    /// Gives a connection back that is as it should be.
    pub(super) fn give_back(self, uptime: Duration) {
        let Self { right, mut link } = self;
        link.rest(uptime);
        right.0.take_back(Some(link));
        // It goes with the connection.
        std::mem::forget(right);
    }
}

impl Drop for Right<'_> {
    fn drop(&mut self) {
        self.0.take_back(None);
    }
}

impl Seat {
    fn give(&self, grant: Grant) {
        *lock(&self.grant) = Some(grant);
        self.granted.notify_one();
    }

    fn wait(&self, at_most: Duration) -> Option<Grant> {
        let grant = lock(&self.grant);
        let waited = self.granted.wait_timeout_while(grant, at_most, |grant| grant.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.take()
    }
}
