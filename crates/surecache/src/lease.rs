//! One load at a time among processes: leases are kept alive while their load runs.
//!
//! A lease is taken and compared by the plan; here is only its heartbeat. One thread a process
//! renews whatever is held, each third of its period. A lease that is not renewed in time is lost:
//! the put of that load is then void, which costs a load and nothing else.

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

    /// Renews a lease until the guard is dropped.
    pub(crate) fn keep(&self, entry: &EntryKey, token: Token, period: Duration) -> Kept {
        let keeper = Arc::clone(self.keeper.get_or_make(|| Keeper::start(&self.store)));
        keeper.hold(Held { entry: entry.clone(), token, period, due: uptime() + period / 3 });
        Kept { keeper, token, generation: fork::generation() }
    }

    /// Has a lease given back soon, without waiting for the store.
    pub(crate) fn give_back(&self, entry: &EntryKey, token: Token) {
        let keeper = self.keeper.get_or_make(|| Keeper::start(&self.store));
        lock(&keeper.left).push((entry.clone(), token));
        // Under the lock that the thread sleeps with: the word is not lost.
        let _held = lock(&keeper.held);
        keeper.changed.notify_one();
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if self.generation == fork::generation() {
            lock(&self.keeper.held).retain(|held| held.token != self.token);
        }
    }
}

struct Keeper {
    held: Mutex<Vec<Held>>,
    /// Leases that are to be given back, by the thread: who dropped them must not wait.
    left: Mutex<Vec<(EntryKey, Token)>>,
    changed: Condvar,
}

#[derive(Clone)]
struct Held {
    entry: EntryKey,
    token: Token,
    period: Duration,
    due: Duration,
}

impl Keeper {
    fn start(store: &Arc<dyn Store>) -> Arc<Self> {
        let (held, left) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        let keeper = Arc::new(Self { held, left, changed: Condvar::new() });
        let (theirs, store) = (Arc::downgrade(&keeper), Arc::downgrade(store));
        // Without its thread a lease just runs out: a load more, no wrong answer.
        let spawned = std::thread::Builder::new()
            .name("surecache-leases".to_owned())
            .spawn(move || beat(&theirs, &store));
        drop(spawned);
        keeper
    }

    /// Adds a lease; wakes the thread where it would sleep past its renewal.
    fn hold(&self, lease: Held) {
        let mut held = lock(&self.held);
        let is_first_due = held.iter().all(|other| other.due > lease.due);
        held.push(lease);
        if is_first_due {
            self.changed.notify_one();
        }
    }

    /// Sleeps until a lease is due, then takes those that are, with their next time set.
    fn next_due(&self) -> Vec<Held> {
        let held = lock(&self.held);
        if !lock(&self.left).is_empty() {
            return Vec::new();
        }
        let first = held.iter().map(|held| held.due).min();
        let pause = first.map_or(IDLE, |due| due.saturating_sub(uptime()));
        let waited = self.changed.wait_timeout(held, pause);
        let (mut held, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let now = uptime();
        let due = held.iter_mut().filter(|held| held.due <= now);
        due.map(|held| {
            held.due = now + held.period / 3;
            held.clone()
        })
        .collect()
    }
}

/// Renews until the keeper or the store is gone.
fn beat(keeper: &Weak<Keeper>, store: &Weak<dyn Store>) {
    while let Some(keeper) = keeper.upgrade() {
        let due = keeper.next_due();
        let Some(store) = store.upgrade() else { return };
        let left = std::mem::take(&mut *lock(&keeper.left));
        for (entry, token) in left {
            // Where this fails the lease runs out by itself.
            drop(store.call(Request::Release { entry: &entry, token }));
        }
        for Held { entry, token, period, .. } in due {
            // A failure here is met again by the put, which tells.
            drop(store.call(Request::Renew { entry: &entry, token, period }));
        }
    }
}

/// Real time: the thread sleeps in it, whatever clock the store was given.
fn uptime() -> Duration {
    SystemClock.uptime()
}

impl fmt::Debug for Leases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leases").finish_non_exhaustive()
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper").field("held", &lock(&self.held).len()).finish_non_exhaustive()
    }
}

/// How long the thread sleeps with nothing to do before it looks whether its owner is gone.
const IDLE: Duration = Duration::from_secs(5);
