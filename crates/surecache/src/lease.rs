//! One load at a time among processes: leases are kept alive until their load is stored.
//!
//! A lease is taken and compared by the plan; here is only its heartbeat. One thread a process
//! renews whatever is held, each third of its period, and gives back what was dropped. Many are
//! asked for together, and renewals come before what is given back: a batch has thousands of
//! leases. A lease that is not renewed in time is lost: the put of that load is then void, which
//! costs a load and nothing else.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Weak;
use std::time::Duration;

use crate::base::fork::{self, PerProcess};
use crate::base::sync::{Arc, Condvar, Mutex, PoisonError, lock};
use crate::base::{Clock, SystemClock};
use crate::key::EntryKey;
use crate::store::{Request, Store, Token};

/// The leases that this process holds.
pub(crate) struct Leases {
    store: Arc<dyn Store>,
    keeper: PerProcess<Arc<Keeper>>,
}

/// A lease that is renewed until this is dropped. Dropping does not give it back.
#[must_use]
#[derive(Debug)]
pub(crate) struct Kept {
    keeper: Arc<Keeper>,
    token: Token,
    generation: u64,
}

impl Leases {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, keeper: PerProcess::new() }
    }

    /// Renews a lease that was asked for at `asked`, in real uptime, until the guard is dropped.
    pub(crate) fn keep(
        &self,
        entry: &EntryKey,
        token: Token,
        period: Duration,
        asked: Duration,
    ) -> Kept {
        let keeper = Arc::clone(self.keeper.get_or_make(|| Keeper::start(&self.store)));
        keeper.hold(token, Held { entry: entry.clone(), period, due: asked + period / RENEWALS });
        Kept { keeper, token, generation: fork::generation() }
    }

    /// Has a lease given back soon, without waiting for the store.
    pub(crate) fn give_back(&self, entry: &EntryKey, token: Token) {
        let keeper = self.keeper.get_or_make(|| Keeper::start(&self.store));
        lock(&keeper.state).left.push_back((entry.clone(), token));
        keeper.changed.notify_one();
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if self.generation == fork::generation() {
            lock(&self.keeper.state).held.remove(&self.token);
        }
    }
}

struct Keeper {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    held: HashMap<Token, Held>,
    /// Leases that are to be given back, by the thread: who dropped them must not wait.
    left: VecDeque<(EntryKey, Token)>,
    /// Uptime at which the thread wakes by itself; zero while it does not sleep.
    wakes: Duration,
}

#[derive(Clone)]
struct Held {
    entry: EntryKey,
    period: Duration,
    due: Duration,
}

/// What the thread is to ask next.
struct Duties {
    due: Vec<(Token, Held)>,
    left: Vec<(EntryKey, Token)>,
}

impl Keeper {
    fn start(store: &Arc<dyn Store>) -> Arc<Self> {
        let keeper = Arc::new(Self { state: Mutex::default(), changed: Condvar::new() });
        let (theirs, store) = (Arc::downgrade(&keeper), Arc::downgrade(store));
        // Without its thread a lease just runs out: a load more, no wrong answer.
        let spawned = std::thread::Builder::new()
            .name("surecache-leases".to_owned())
            .spawn(move || beat(&theirs, &store));
        drop(spawned);
        keeper
    }

    /// Adds a lease; wakes the thread where it would sleep past its renewal.
    fn hold(&self, token: Token, lease: Held) {
        let mut state = lock(&self.state);
        if lease.due < state.wakes {
            state.wakes = lease.due;
            self.changed.notify_one();
        }
        state.held.insert(token, lease);
    }

    /// Sleeps until there is something to do. All leases that are due come at once, with their next
    /// time set; of those to be given back, some.
    fn next_duties(&self) -> Duties {
        let mut state = lock(&self.state);
        if state.left.is_empty() {
            let now = uptime();
            let first = state.held.values().map(|held| held.due).min();
            state.wakes = first.map_or(now + IDLE, |due| due.min(now + IDLE));
            let pause = state.wakes.saturating_sub(now);
            let waited = self.changed.wait_timeout(state, pause);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.wakes = Duration::ZERO;
        }
        let now = uptime();
        let due = state.held.iter_mut().filter(|(_, held)| held.due <= now);
        let due = due.map(|(token, held)| {
            held.due = now + held.period / RENEWALS;
            (*token, held.clone())
        });
        let due = due.collect();
        let some = state.left.len().min(MOST_LEFT);
        Duties { due, left: state.left.drain(..some).collect() }
    }
}

/// Renews until the keeper or the store is gone.
fn beat(keeper: &Weak<Keeper>, store: &Weak<dyn Store>) {
    while let Some(keeper) = keeper.upgrade() {
        let duties = keeper.next_duties();
        let Some(store) = store.upgrade() else { return };
        // A failure is met again by the put, which tells.
        drop(store.call_many(&duties.renewals()));
        // Where this fails the lease runs out by itself.
        drop(store.call_many(&duties.releases()));
    }
}

impl Duties {
    fn renewals(&self) -> Vec<Request<'_>> {
        let due = self.due.iter();
        let renewals = due.map(|(token, Held { entry, period, .. })| Request::Renew {
            entry,
            token: *token,
            period: *period,
        });
        renewals.collect()
    }

    fn releases(&self) -> Vec<Request<'_>> {
        let left = self.left.iter();
        left.map(|(entry, token)| Request::Release { entry, token: *token }).collect()
    }
}

/// Real time: the thread sleeps in it, whatever clock the store was given.
pub(crate) fn uptime() -> Duration {
    SystemClock.uptime()
}

impl fmt::Debug for Leases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leases").finish_non_exhaustive()
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper")
            .field("held", &lock(&self.state).held.len())
            .finish_non_exhaustive()
    }
}

/// A lease is renewed so often in its period: one renewal may get lost.
const RENEWALS: u32 = 3;
/// So many leases are given back before the thread looks what is due: no more than a server is
/// asked at once.
const MOST_LEFT: usize = 256;
/// How long the thread sleeps with nothing to do before it looks whether its owner is gone.
const IDLE: Duration = Duration::from_secs(5);
