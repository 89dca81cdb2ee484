//! The board, shared by threads and tasks.

use std::collections::HashMap;
use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::board::{Blind, Board, Found, Landing};
use crate::base::fork;
use crate::base::sync::{Arc, Condvar, Mutex, PoisonError, lock};
use crate::key::EntryKey;
use crate::store::Token;

/// The flights of this process, and how to wait for one.
pub(crate) struct Flights<V, E> {
    inner: Mutex<Inner<V, E>>,
}

struct Inner<V, E> {
    board: Board,
    flights: HashMap<Token, Arc<Flight<V, E>>>,
}

/// One flight, seen by those who wait for it.
pub(crate) struct Flight<V, E> {
    state: Mutex<State<V, E>>,
    landed: Condvar,
}

struct State<V, E> {
    landing: Option<Landing<V, E>>,
    wakers: Vec<Waker>,
}

/// An announced flight. Dropping it lands it as over: its waiters read again, also after a panic
/// or a cancelled task.
#[must_use]
pub(crate) struct Announced<V: Clone, E: Clone> {
    flights: Arc<Flights<V, E>>,
    token: Token,
    generation: u64,
    has_ended: bool,
}

/// A flight to wait for.
#[derive(Debug)]
pub(crate) struct Joined<V: Clone, E: Clone> {
    pub(crate) flight: Arc<Flight<V, E>>,
    /// The duty to watch it, where it is another process's and nobody here does yet.
    pub(crate) watching: Option<Announced<V, E>>,
}

impl<V: Clone, E: Clone> Flights<V, E> {
    pub(crate) fn new() -> Self {
        let inner = Inner { board: Board::default(), flights: HashMap::new() };
        Self { inner: Mutex::new(inner) }
    }

    /// Puts a flight on the board, before its lease is asked for: whoever is told of that lease
    /// must find it.
    pub(crate) fn announce(self: &Arc<Self>, token: Token) -> Announced<V, E> {
        let mut inner = lock(&self.inner);
        inner.board.announce(token);
        inner.flights.insert(token, Arc::new(Flight::new()));
        self.guard(token)
    }

    /// The flight under this token, for the reader with the flight `own`. `None` where that one
    /// waits itself.
    pub(crate) fn join(self: &Arc<Self>, token: Token, own: Token) -> Option<Joined<V, E>> {
        let mut inner = lock(&self.inner);
        let found = inner.board.join(token, own);
        if found == Found::Waiter {
            return None;
        }
        let flight = inner.flights.entry(token).or_insert_with(|| Arc::new(Flight::new()));
        let watching = (found == Found::Nobody).then(|| self.guard(token));
        Some(Joined { flight: Arc::clone(flight), watching })
    }

    /// The reader with this flight waits no more: it loads.
    pub(crate) fn loads(&self, own: Token) {
        lock(&self.inner).board.loads(own);
    }

    /// As [`Board::enter_blind`], with the flight to wait for.
    pub(crate) fn enter_blind(
        &self,
        entry: &EntryKey,
        token: Token,
        past: Option<Token>,
    ) -> (Blind, Option<Arc<Flight<V, E>>>) {
        let mut inner = lock(&self.inner);
        let blind = inner.board.enter_blind(entry, token, past);
        let flight = match blind {
            Blind::Lead => None,
            Blind::Follow { flight: other, .. } | Blind::Next(other) => {
                inner.flights.get(&other).cloned()
            }
        };
        (blind, flight)
    }

    fn guard(self: &Arc<Self>, token: Token) -> Announced<V, E> {
        Announced {
            flights: Arc::clone(self),
            token,
            generation: fork::generation(),
            has_ended: false,
        }
    }

    fn land(&self, token: Token, landing: Landing<V, E>) {
        let flight = {
            let mut inner = lock(&self.inner);
            inner.board.land(token);
            inner.flights.remove(&token)
        };
        if let Some(flight) = flight {
            flight.land(landing);
        }
    }
}

impl<V: Clone, E: Clone> Announced<V, E> {
    /// Ends the flight and gives its waiters what it brought.
    pub(crate) fn land(mut self, landing: Landing<V, E>) {
        self.end(landing);
    }

    fn end(&mut self, landing: Landing<V, E>) {
        // In a forked child the board is the parent's: its lock may be held for ever.
        if !self.has_ended && self.generation == fork::generation() {
            self.has_ended = true;
            self.flights.land(self.token, landing);
        }
    }
}

impl<V: Clone, E: Clone> Drop for Announced<V, E> {
    fn drop(&mut self) {
        self.end(Landing::Over);
    }
}

impl<V: Clone, E: Clone> Flight<V, E> {
    fn new() -> Self {
        let state = State { landing: None, wakers: Vec::new() };
        Self { state: Mutex::new(state), landed: Condvar::new() }
    }

    /// Blocks until the flight has landed, at most for `at_most`; `None` when that is over.
    pub(crate) fn wait(&self, at_most: Duration) -> Option<Landing<V, E>> {
        let state = lock(&self.state);
        let waited =
            self.landed.wait_timeout_while(state, at_most, |state| state.landing.is_none());
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.landing.clone()
    }

    /// Completes when the flight has landed. Cancelling it leaves nothing but a waker behind.
    #[cfg_attr(not(feature = "tokio"), expect(dead_code, reason = "the asynchronous door's"))]
    pub(crate) async fn landing(&self) -> Landing<V, E> {
        poll_fn(|context| self.poll(context)).await
    }

    /// Ready when the flight has landed; the waker is called once when it does.
    pub(crate) fn poll(&self, context: &mut Context<'_>) -> Poll<Landing<V, E>> {
        let mut state = lock(&self.state);
        if let Some(landing) = &state.landing {
            return Poll::Ready(landing.clone());
        }
        if !state.wakers.iter().any(|waker| waker.will_wake(context.waker())) {
            state.wakers.push(context.waker().clone());
        }
        Poll::Pending
    }

    /// How many wakers wait.
    #[cfg(test)]
    pub(crate) fn wakers(&self) -> usize {
        lock(&self.state).wakers.len()
    }

    fn land(&self, landing: Landing<V, E>) {
        let wakers = {
            let mut state = lock(&self.state);
            state.landing = Some(landing);
            std::mem::take(&mut state.wakers)
        };
        self.landed.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl<V, E> fmt::Debug for Flights<V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights").field("in_the_air", &lock(&self.inner).flights.len()).finish()
    }
}

impl<V, E> fmt::Debug for Flight<V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flight").finish_non_exhaustive()
    }
}

impl<V: Clone, E: Clone> fmt::Debug for Announced<V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Announced").field("token", &self.token).finish_non_exhaustive()
    }
}
