//! The plan of a read: what happens next, as a pure value.
//!
//! ```text
//! Fetch -> believed? -> Done(hit)
//!   | no
//! Announce -> Establish (G) -> Acquire -+- taken -> Load -> Put -> Land -> Done(loaded)
//!                                       +- held, same G -> Join -> Await -> Done(collapsed)
//!                                       +- held, other G -> Establish again, then replace it
//! ```
//! Rules that are kept here (in the parts that each name theirs) and nowhere else:
//! 1. An entry is believed only if every stamp in it equals the stamp now (P1).
//! 2. G is read before the loader runs, and is what the put is stamped with.
//! 3. A flight is joined only under a token that the store named after this read began, and whose
//!    generations are ours.
//! 4. A load that may not be stored is not shared: it neither leads nor joins a flight.
//! 5. Without the store, only a load that starts after this read began is joined.
//! 6. Nobody waits for somebody else's load longer than twice the policy's wait.
//!
//! No clock, no randomness, no I/O: time comes in with each answer, the draw at the beginning.
//! The same value is walked through all interleavings in `walk`.

mod close;
mod found;
mod lead;
mod rest;
mod wait;

use std::time::Duration;

pub(crate) use rest::dependencies;

use self::found::{added_stamps, is_current};
use super::step::{Admission, Answer, End, Fault, Gain, Loaded, Share, Step, Subject, Want};
use crate::base::Moment;
use crate::base::sync::Arc;
use crate::entry::{Entry, Refusal, Stamp};
use crate::flight::Landing;
use crate::key::TagId;
use crate::observe::Outcome;
use crate::store::{Digest, Put, Token};

/// One read on its way. Ask [`Read::step`], do it, tell [`Read::answer`]; until `Done`.
#[derive(Clone)]
pub(crate) struct Read {
    subject: Arc<Subject>,
    want: Want,
    admission: Admission,
    /// The token of this read's own flight and lease, once it is announced.
    token: Token,
    /// Uniform in (0, 1): decides early refresh.
    draw: f64,
    now: Moment,
    state: State,
    /// A believed entry that is given where waiting or failing is the alternative.
    spare: Option<Spare>,
    /// Why the first entry found was not used.
    refusal: Option<Refusal>,
    is_announced: bool,
    is_leased: bool,
    /// The flight of another process that this read watches for all readers here.
    watching: Option<Token>,
    /// Entries are not believed any more: one could not be decoded.
    is_distrustful: bool,
    waiting_since: Option<Duration>,
    /// Whose load was waited for last.
    leader: Option<Token>,
    waits: u8,
}

#[derive(Clone, Debug)]
enum State {
    Fetch,
    /// A believed entry that lists added tags; these are compared next.
    FetchAdded {
        entry: Arc<Entry>,
        ids: Vec<TagId>,
    },
    /// `is_blind`: the store could not be asked.
    Announce {
        is_blind: bool,
    },
    /// `other` is a lease of other generations than `known`.
    Establish {
        other: Option<(Token, Vec<Stamp>)>,
    },
    Acquire {
        generations: Vec<Stamp>,
        digest: Digest,
        replace: Option<Token>,
    },
    /// The lease was taken, and an entry found that may make a load needless.
    CheckTaken {
        entry: Arc<Entry>,
        ids: Vec<TagId>,
        generations: Vec<Stamp>,
    },
    Join {
        token: Token,
        generations: Vec<Stamp>,
    },
    Await {
        token: Token,
        generations: Vec<Stamp>,
    },
    Watch {
        token: Token,
        generations: Vec<Stamp>,
    },
    /// A joined flight brought a value with added tags; these are compared next.
    Verify {
        share: Share,
        ids: Vec<TagId>,
    },
    EnterBlind {
        past: Option<Token>,
    },
    /// Waits for a flight that starts after this read began; `running` may be another.
    Follow {
        running: Token,
    },
    /// Waits for a flight that began before, to load after it.
    AfterBlind {
        running: Token,
    },
    /// Before a load, those who wait for what was watched are sent to join it.
    Unwatch {
        generations: Vec<Stamp>,
    },
    Load {
        with: With,
    },
    Put {
        stamps: Vec<Stamp>,
        loaded: Loaded,
    },
    /// What is left to do, last first.
    Close {
        todo: Vec<Closing>,
        end: End,
    },
    /// Between two answers only.
    Moving,
    /// Generations are read after the load: a mutant's state.
    TooLate {
        loaded: Loaded,
    },
}

/// Under what a load runs.
#[derive(Clone, Debug)]
enum With {
    Blind,
    Lease { generations: Vec<Stamp> },
    Nothing { outcome: Outcome },
}

#[derive(Clone, Debug)]
enum Closing {
    Land(Landing<Share, Fault>),
    Release,
    Unwatch,
}

#[derive(Clone, Debug)]
struct Spare {
    entry: Arc<Entry>,
    /// The outcome where another reader holds the lease.
    when_held: Option<Outcome>,
    /// The outcome where the load fails.
    when_failed: Option<Outcome>,
}

impl Spare {
    /// An entry that is kept as long as a load takes.
    fn new(entry: Arc<Entry>, when_held: Option<Outcome>, when_failed: Option<Outcome>) -> Self {
        let entry = Arc::new(Arc::unwrap_or_clone(entry).kept());
        Self { entry, when_held, when_failed }
    }
}

impl Read {
    pub(crate) fn new(
        subject: Arc<Subject>,
        want: Want,
        admission: Admission,
        draw: f64,
        now: Moment,
    ) -> Self {
        let state = match admission {
            Admission::Bypass => State::Load { with: With::Nothing { outcome: Outcome::Bypassed } },
            Admission::Full | Admission::ReadOnly => State::Fetch,
        };
        Self {
            subject,
            want,
            admission,
            token: NO_TOKEN,
            draw,
            now,
            state,
            spare: None,
            refusal: None,
            is_announced: false,
            is_leased: false,
            watching: None,
            is_distrustful: false,
            waiting_since: None,
            leader: None,
            waits: 0,
        }
    }

    /// What is read.
    pub(crate) fn subject(&self) -> &Arc<Subject> {
        &self.subject
    }

    /// When it began, until the first answer; then when the last one came.
    pub(crate) fn now(&self) -> Moment {
        self.now
    }

    /// The token of this read's flight and lease.
    pub(crate) fn token(&self) -> Token {
        self.token
    }

    /// Why the first entry found was not used, if one was found.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        self.refusal
    }

    /// True while this read holds the lease: whoever gives it up must release it.
    pub(crate) fn is_leased(&self) -> bool {
        self.is_leased
    }

    /// What is to be done now.
    pub(crate) fn step(&self) -> Step<'_> {
        match &self.state {
            State::Fetch | State::Moving => Step::Fetch,
            State::FetchAdded { ids, .. }
            | State::CheckTaken { ids, .. }
            | State::Verify { ids, .. } => Step::FetchTags(ids),
            State::Announce { .. } => Step::Announce,
            State::Establish { .. } | State::TooLate { .. } => Step::Establish,
            State::Acquire { digest, replace, .. } => {
                Step::Acquire { digest: *digest, replace: *replace }
            }
            State::Join { token, .. } => Step::Join { token: *token },
            State::Await { .. } | State::Follow { .. } | State::AfterBlind { .. } => {
                Step::Await { at_most: self.may_wait() }
            }
            State::Watch { .. } => Step::Pause { at_most: self.may_wait() },
            State::Unwatch { .. } => Step::Unwatch,
            State::EnterBlind { past } => Step::EnterBlind { past: *past },
            State::Load { .. } => Step::Load,
            State::Put { stamps, loaded } => Step::Put { stamps, loaded },
            State::Close { todo, end } => match todo.last() {
                Some(Closing::Land(landing)) => Step::Land(landing),
                Some(Closing::Release) => Step::Release,
                Some(Closing::Unwatch) => Step::Unwatch,
                None => Step::Done(end),
            },
        }
    }

    /// Takes what came of the step.
    pub(crate) fn answer(&mut self, answer: Answer, now: Moment) {
        self.now = now;
        self.state = match (std::mem::replace(&mut self.state, State::Moving), answer) {
            (State::Fetch, Answer::Fetched { seen, readings }) => self.judge(seen, &readings),
            (State::FetchAdded { entry, .. }, Answer::Stamps(stamps)) => {
                if is_current(added_stamps(&entry), stamps.into_iter()) {
                    self.believed(entry)
                } else {
                    self.refuse(Refusal::Invalidated)
                }
            }
            (State::Announce { is_blind }, Answer::Announced { token }) => {
                self.is_announced = true;
                self.token = token;
                if is_blind {
                    State::EnterBlind { past: None }
                } else {
                    State::Establish { other: None }
                }
            }
            (State::Establish { other }, Answer::Stamps(stamps)) => {
                self.established(other, &stamps)
            }
            (State::Acquire { generations, .. }, Answer::Taken { seen }) => {
                self.taken(generations, seen)
            }
            (State::Acquire { generations, digest, .. }, Answer::Held { token, digest: other }) => {
                self.held(generations, digest, token, other)
            }
            (State::CheckTaken { entry, generations, .. }, Answer::Stamps(stamps)) => {
                if is_current(added_stamps(&entry), stamps.into_iter()) {
                    self.close(Landing::Over, Outcome::Hit, Gain::Entry(entry))
                } else {
                    self.lead(generations)
                }
            }
            (State::Join { token, generations }, Answer::Joined { is_here }) => {
                self.wait_for(token);
                self.watching = (!is_here).then_some(token);
                if is_here {
                    State::Await { token, generations }
                } else {
                    State::Watch { token, generations }
                }
            }
            (State::Await { .. }, Answer::Landed(landing)) => self.joined(landing),
            (State::Await { token, generations }, Answer::WaitedOut) => {
                self.waited_out(token, generations)
            }
            (State::Watch { token, generations }, Answer::Done) => {
                if self.may_wait().is_zero() {
                    self.waited_out(token, generations)
                } else {
                    self.acquire(generations, None)
                }
            }
            (State::Verify { share, .. }, Answer::Stamps(stamps)) => {
                if is_current(share.added.iter().map(|added| added.stamp), stamps.into_iter()) {
                    self.close(Landing::Over, Outcome::Collapsed, Gain::Shared(share))
                } else {
                    State::Fetch
                }
            }
            (State::EnterBlind { .. }, Answer::Blind(blind)) => self.entered_blind(blind),
            (State::Follow { .. }, Answer::Landed(landing)) => match landing {
                Landing::Over => State::EnterBlind { past: None },
                landing => self.shared(landing),
            },
            (State::AfterBlind { .. }, Answer::Landed(_)) => State::EnterBlind { past: None },
            (State::Follow { running } | State::AfterBlind { running }, Answer::WaitedOut) => {
                self.waited_out_blind(running)
            }
            (State::Unwatch { generations }, Answer::Done) => {
                self.watching = None;
                State::Load { with: With::Lease { generations } }
            }
            (State::Load { with }, Answer::Loaded(loaded)) => self.loaded(with, loaded),
            (State::Load { .. }, Answer::Failed(fault)) => self.failed(fault),
            (State::TooLate { loaded }, Answer::Stamps(stamps)) => {
                let stamps = stamps.into_iter().flatten().collect();
                State::Put { stamps, loaded }
            }
            (State::Put { stamps, loaded }, Answer::Put(put)) => self.put(stamps, loaded, put),
            (State::Put { stamps, loaded }, Answer::Unavailable) => {
                self.put(stamps, loaded, Put::Full)
            }
            (State::Close { todo, end }, Answer::Undecodable) if todo.is_empty() => {
                self.undecodable(&end)
            }
            (State::Close { todo, end }, _) => self.closed_one(todo, end),
            (_, Answer::Undelivered) => self.undelivered(),
            (State::Fetch | State::FetchAdded { .. }, Answer::Unavailable)
                if self.want == Want::Nothing =>
            {
                self.close(Landing::Over, Outcome::Unavailable, Gain::Nothing)
            }
            (State::Announce { .. }, Answer::Unavailable) => {
                State::Load { with: With::Nothing { outcome: Outcome::Unavailable } }
            }
            (_, Answer::Unavailable) => self.unavailable(),
            (state, answer) => self.misfit(state, &answer),
        };
    }

    /// A driver that answers what was not asked: the caller loads for itself.
    fn misfit(&mut self, state: State, answer: &Answer) -> State {
        debug_assert!(false, "{answer:?} is no answer to {state:?}");
        State::Load { with: With::Nothing { outcome: Outcome::Unstored } }
    }
}

impl std::fmt::Debug for Read {
    /// All that changes on the way, and nothing else: what tells two states of a walk apart.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Read")
            .field("state", &self.state)
            .field("spare", &self.spare)
            .field("flags", &(self.is_announced, self.is_leased, self.is_distrustful))
            .field("watching", &self.watching)
            .field("waits", &(self.waiting_since, self.leader, self.waits))
            .finish_non_exhaustive()
    }
}

/// Before the announcement: asks for nothing, holds nothing.
const NO_TOKEN: Token = Token([0; 16]);
