//! What is in the air, as a pure value.

use std::collections::{BTreeMap, BTreeSet};

use crate::key::EntryKey;
#[cfg(all(surecache_mutants, test))]
use crate::store::Digest;
use crate::store::Token;

/// The flights of a process.
///
/// A flight is on the board from its announcement, before its lease is asked for, until it lands.
/// Flights of other processes are put on it by the first reader here that waits for one: it
/// watches, the others wait for it.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Board {
    flights: BTreeSet<Token>,
    /// Those whose readers wait for another's load: nobody can wait for them.
    waiting: BTreeSet<Token>,
    blind: BTreeMap<EntryKey, Queue>,
    #[cfg(all(surecache_mutants, test))]
    led: BTreeMap<(EntryKey, Digest), Token>,
}

/// Whom a reader finds under a token.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Found {
    /// A flight of this process, or one that is watched here.
    Flight,
    /// Nobody of this process: the caller watches it now for all readers here, and owes a landing.
    Nobody,
    /// A reader of this process that waits itself: what named it as the one who loads is wrong, or
    /// about to be right.
    Waiter,
}

/// How a flight ended.
#[derive(Clone, Debug)]
pub(crate) enum Landing<V, E> {
    /// The load failed; its waiters get the same error.
    Failed(E),
    /// Nothing to share: waiters read again.
    Over,
    /// A value to share.
    Value(V),
}

/// What a reader does that could not ask the store.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Blind {
    /// Waits for a flight that starts after it arrived.
    Follow {
        /// That flight.
        flight: Token,
        /// The one that runs now.
        running: Token,
    },
    /// Loads now.
    Lead,
    /// Loads when this flight, which began before it arrived, has landed.
    Next(Token),
}

/// Loads of one entry without the store: one runs, at most one is to run next.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Queue {
    running: Token,
    next: Option<Token>,
}

impl Board {
    /// Puts a flight on the board.
    pub(crate) fn announce(&mut self, token: Token) {
        self.flights.insert(token);
    }

    /// Whom the reader with the flight `own` finds under a token, and from now on waits for.
    pub(crate) fn join(&mut self, token: Token, own: Token) -> Found {
        if self.waiting.contains(&token) {
            return Found::Waiter;
        }
        self.waiting.insert(own);
        if self.flights.insert(token) { Found::Nobody } else { Found::Flight }
    }

    /// The reader with this flight waits no more: it loads.
    pub(crate) fn loads(&mut self, own: Token) {
        self.waiting.remove(&own);
    }

    /// Takes a flight off the board.
    pub(crate) fn land(&mut self, token: Token) {
        self.flights.remove(&token);
        self.waiting.remove(&token);
        #[cfg(all(surecache_mutants, test))]
        self.led.retain(|_, led| *led != token);
        self.blind.retain(|_, queue| {
            if queue.next == Some(token) {
                queue.next = None;
            }
            if queue.running != token {
                return true;
            }
            match queue.next.take() {
                Some(next) => {
                    queue.running = next;
                    true
                }
                None => false,
            }
        });
    }

    /// What a reader does that could not ask the store; its flight must be announced. `past` is the
    /// flight that ran while it waited for as long as it may: where that one still runs, the reader
    /// takes its place. Where another does, that one began after the reader arrived.
    pub(crate) fn enter_blind(
        &mut self,
        entry: &EntryKey,
        token: Token,
        past: Option<Token>,
    ) -> Blind {
        let Some(queue) = self.blind.get_mut(entry) else {
            self.blind.insert(entry.clone(), Queue { running: token, next: None });
            return Blind::Lead;
        };
        if queue.running == token || past == Some(queue.running) {
            queue.running = token;
            queue.next = queue.next.filter(|next| *next != token);
            return Blind::Lead;
        }
        let running = queue.running;
        if past.is_some() {
            queue.next = queue.next.filter(|next| *next != token);
            return Blind::Follow { flight: running, running };
        }
        match queue.next {
            Some(next) if next != token => Blind::Follow { flight: next, running },
            _ => {
                queue.next = Some(token);
                Blind::Next(running)
            }
        }
    }

    /// Remembers who loads an entry: what the mutant `JoinWithoutLease` joins by.
    #[cfg(all(surecache_mutants, test))]
    pub(crate) fn lead(&mut self, entry: &EntryKey, digest: Digest, token: Token) {
        self.led.insert((entry.clone(), digest), token);
    }

    /// Who loads an entry under these generations.
    #[cfg(all(surecache_mutants, test))]
    pub(crate) fn led(&self, entry: &EntryKey, digest: Digest) -> Option<Token> {
        self.led.get(&(entry.clone(), digest)).copied()
    }
}
