//! The thread that renews what this process holds, and gives back what was dropped.
//!
//! There is one for each store that a process holds locks in. It begins with the first of them and
//! ends when for a while none is held. A forked child begins without, and renews nothing of its
//! parent's.

use std::fmt;
use std::sync::Weak;
use std::time::Duration;

use super::call::LockCall;
use super::held::Place;
use super::ranks::{Rank, Ranks};
use super::taking::Taking;
use super::terms::{Places, Term};
use crate::base::fork::PerProcess;
use crate::base::sync::{Arc, Condvar, Mutex, PoisonError, lock};
use crate::base::{Clock, Error, SystemClock};
use crate::store::{Prolongation, Reply, Request, Store, Token};

/// The locks of one namespace in one store.
pub(crate) struct Locks {
    pub(super) store: Arc<dyn Store>,
    keeper: PerProcess<Arc<Keeper>>,
    ranks: PerProcess<Arc<Ranks>>,
}

#[derive(Debug, Default)]
struct Keeper {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    duties: Vec<Duty>,
    /// Uptime at which the thread wakes by itself; `None` where there is none.
    wakes: Option<Duration>,
}

/// Something that is to be done again and again.
#[derive(Clone, Debug)]
struct Duty {
    what: What,
    due: Duration,
}

#[derive(Clone, Debug)]
enum What {
    /// A place that is not held here, or not known to be.
    GiveBack {
        places: Places,
        token: Token,
        /// Answers that it is not held, before it is believed.
        tries: u32,
        /// Uptime after which it is free in any case.
        until: Duration,
    },
    Renew {
        place: Arc<Place>,
        period: Duration,
    },
}

impl Locks {
    pub(crate) fn new(store: Arc<dyn Store>) -> Arc<Self> {
        Arc::new(Self { store, keeper: PerProcess::new(), ranks: PerProcess::new() })
    }

    /// Wants a place; see [`Taking`].
    ///
    /// # Errors
    /// `Unavailable` where the kernel has no random bytes.
    pub(crate) fn taking(
        self: &Arc<Self>,
        places: &Places,
        term: Term,
        patience: Option<Duration>,
    ) -> Result<Taking, Error> {
        Taking::begin(self, places, term, patience)
    }

    /// Asks whether all places are held.
    pub(crate) fn looking(self: &Arc<Self>, places: &Places) -> LockCall {
        LockCall::is_full(self, places)
    }

    /// Takes the last rank of those in this process who wait for the same.
    pub(super) fn join(&self, places: &Places) -> Rank {
        self.ranks.get_or_make(Arc::default).join(places)
    }

    /// Renews a place from now on.
    pub(super) fn keep(&self, place: &Arc<Place>, period: Duration) {
        let what = What::Renew { place: Arc::clone(place), period };
        self.take_on(Duty { what, due: uptime() + period / RENEWALS });
    }

    /// Renews a place no more.
    pub(super) fn stop_keeping(&self, token: Token) {
        if let Some(keeper) = self.keeper.get() {
            lock(&keeper.state).duties.retain(|duty| duty.what.token() != token);
        }
    }

    /// Has a place given back soon, without waiting for the store, and renewed no more. A store
    /// that is away is asked until the place is free by itself.
    pub(super) fn give_back(&self, places: &Places, token: Token, until: Duration) {
        self.stop_keeping(token);
        let what = What::GiveBack { places: places.clone(), token, tries: TRIES, until };
        self.take_on(Duty { what, due: uptime() });
    }

    fn take_on(&self, duty: Duty) {
        let keeper = self.keeper.get_or_make(Arc::default);
        let mut state = lock(&keeper.state);
        let due = duty.due;
        state.duties.push(duty);
        match state.wakes {
            Some(wakes) if wakes <= due => {}
            Some(_) => keeper.changed.notify_one(),
            // Without a thread the place falls free when its time is over.
            None => state.wakes = Keeper::start(keeper, &self.store).then_some(due),
        }
    }
}

impl Keeper {
    fn start(keeper: &Arc<Self>, store: &Arc<dyn Store>) -> bool {
        let (keeper, store) = (Arc::clone(keeper), Arc::downgrade(store));
        let thread = std::thread::Builder::new().name("surecache-locks".to_owned());
        thread.spawn(move || keeper.run(&store)).is_ok()
    }

    fn run(&self, store: &Weak<dyn Store>) {
        while let Some(due) = self.next_due() {
            if due.is_empty() {
                continue;
            }
            let Some(store) = store.upgrade() else { return };
            let asked = uptime();
            let requests: Vec<_> = due.iter().map(|duty| duty.what.request()).collect();
            let replies = store.call_many(&requests);
            let mut state = lock(&self.state);
            for (duty, reply) in due.iter().zip(replies) {
                let token = duty.what.token();
                let own = state.duties.iter().position(|duty| duty.what.token() == token);
                // What is not there any more is not to be done any more.
                if let Some(at) = own
                    && state.duties[at].what.hear(reply.as_ref().ok(), asked)
                {
                    state.duties.swap_remove(at);
                }
            }
        }
    }

    /// Sleeps until something is due, then tells what is, with the next time set; `None` where
    /// there was nothing for a while: the thread ends.
    fn next_due(&self) -> Option<Vec<Duty>> {
        let mut state = lock(&self.state);
        let was_idle = state.duties.is_empty();
        let first = state.duties.iter().map(|duty| duty.due).min();
        let now = uptime();
        let wakes = first.map_or(now + IDLE, |first| first.min(now + IDLE));
        state.wakes = Some(wakes);
        let waited = self.changed.wait_timeout(state, wakes.saturating_sub(now));
        let (mut state, slept) = waited.unwrap_or_else(PoisonError::into_inner);
        if was_idle && slept.timed_out() && state.duties.is_empty() {
            state.wakes = None;
            return None;
        }
        let now = uptime();
        let due = state.duties.iter_mut().filter(|duty| duty.due <= now);
        Some(due.map(|duty| duty.take(now)).collect())
    }
}

impl Duty {
    /// Does it now; when it is to be done next stays behind.
    fn take(&mut self, now: Duration) -> Self {
        let now_due = self.clone();
        self.due = now
            + match &self.what {
                What::GiveBack { .. } => RETRY,
                What::Renew { period, .. } => *period / RENEWALS,
            };
        now_due
    }
}

impl What {
    fn token(&self) -> Token {
        match self {
            Self::GiveBack { token, .. } => *token,
            Self::Renew { place, .. } => place.token,
        }
    }

    fn request(&self) -> Request<'_> {
        match self {
            Self::GiveBack { places, token, .. } => places.unlocking(*token),
            Self::Renew { place, period } => place.prolonging(Prolongation::Set(*period)),
        }
    }

    /// True where there is nothing more to do.
    fn hear(&mut self, reply: Option<&Reply>, asked: Duration) -> bool {
        match self {
            // Not held: what takes the place may be still on its way there.
            Self::GiveBack { tries, until, .. } => {
                *tries -= u32::from(matches!(reply, Some(Reply::Unlocked(_))));
                let is_given_back = matches!(reply, Some(Reply::Unlocked(true)));
                is_given_back || *tries == 0 || asked >= *until
            }
            Self::Renew { place, period } => {
                match reply {
                    Some(Reply::Prolonged(Some(_))) => place.hold_until(asked + *period),
                    Some(_) => place.lose(),
                    // The store was not reached: until its time is over it is held.
                    None => {}
                }
                place.is_lost()
            }
        }
    }
}

/// Real time: the thread sleeps in it, whatever clock the store was given.
pub(super) fn uptime() -> Duration {
    SystemClock.uptime()
}

impl fmt::Debug for Locks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locks").finish_non_exhaustive()
    }
}

/// A place is renewed so often in its period: one renewal may get lost.
const RENEWALS: u32 = 3;
/// How often a place is given back until the store says that it was held.
const TRIES: u32 = 3;
const RETRY: Duration = Duration::from_secs(1);
/// How long the thread sleeps with nothing to do before it ends.
const IDLE: Duration = Duration::from_secs(2);
