//! The plan of a read: what happens next, as a pure value.
//!
//! ```text
//! Fetch -> believed? -> Done(hit)
//!   | no
//! Announce -> Establish (G) -> Acquire -+- taken -> Load -> Put -> Land -> Done(loaded)
//!                                       +- held, same G -> Join -> Await -> Done(collapsed)
//!                                       +- held, other G -> Establish again, then replace it
//! ```
//! Rules that are kept here and nowhere else:
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

use std::time::Duration;

use super::step::{
    Added, Admission, Answer, End, Fault, Gain, Loaded, Seen, Share, Shared, Step, Subject, Want,
};
use crate::base::Moment;
use crate::base::mutant::{self, Mutant};
use crate::base::sync::Arc;
use crate::entry::{Entry, NEVER, Refusal, Stamp};
use crate::flight::{Blind, Landing};
use crate::invalidate::digest;
use crate::key::TagId;
use crate::observe::Outcome;
use crate::store::{Digest, Put, Token};

/// One read on its way. Ask [`Read::step`], do it, tell [`Read::answer`]; until `Done`.
#[derive(Clone)]
pub(crate) struct Read {
    subject: Arc<Subject>,
    want: Want,
    admission: Admission,
    /// The token of this read's own flight and lease.
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
    /// Waits for a flight that started after this read began.
    Follow {
        token: Token,
    },
    /// Waits for a flight that began before, to load after it.
    AfterBlind {
        token: Token,
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

impl Read {
    pub(crate) fn new(
        subject: Arc<Subject>,
        want: Want,
        admission: Admission,
        token: Token,
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
            token,
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
            waits: 0,
        }
    }

    /// What is read.
    pub(crate) fn subject(&self) -> &Arc<Subject> {
        &self.subject
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
            State::Watch { .. } => Step::Pause,
            State::Unwatch { .. } => Step::Unwatch,
            State::EnterBlind { past } => Step::EnterBlind { past: *past },
            State::Load { with } => Step::Load { leased: matches!(with, With::Lease { .. }) },
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
            (State::Fetch, Answer::Fetched { seen, stamps }) => self.judge(seen, &stamps),
            (State::FetchAdded { entry, .. }, Answer::Stamps(stamps)) => {
                if is_current(added_stamps(&entry), &stamps) {
                    self.believed(entry)
                } else {
                    self.refuse(Refusal::Invalidated)
                }
            }
            (State::Announce { is_blind }, Answer::Done) => {
                self.is_announced = true;
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
                if is_current(added_stamps(&entry), &stamps) {
                    self.close(Landing::Over, Outcome::Hit, Gain::Entry(entry))
                } else {
                    self.lead(generations)
                }
            }
            (State::Join { token, generations }, Answer::Joined { is_here }) => {
                self.waiting_since.get_or_insert(now.uptime);
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
                    acquire(generations, None)
                }
            }
            (State::Verify { share, .. }, Answer::Stamps(stamps)) => {
                if is_current(share.added.iter().map(|added| added.stamp), &stamps) {
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
            (State::Follow { token } | State::AfterBlind { token }, Answer::WaitedOut) => {
                self.waited_out_blind(token)
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
            (State::Fetch | State::FetchAdded { .. }, Answer::Unavailable)
                if self.want == Want::Nothing =>
            {
                self.close(Landing::Over, Outcome::Unavailable, Gain::Nothing)
            }
            (_, Answer::Unavailable) => self.unavailable(),
            (state, answer) => self.misfit(state, &answer),
        };
    }

    /// Rule 1: the entry's stamps against the generations now.
    fn judge(&mut self, seen: Seen, stamps: &[Option<Stamp>]) -> State {
        let entry = match seen {
            Seen::Absent => return self.miss(),
            Seen::Refused(refusal) => return self.refuse(refusal),
            Seen::Entry(_) if self.is_distrustful => return self.miss(),
            Seen::Entry(entry) => entry,
        };
        if !is_current(declared_stamps(&entry), stamps) {
            return self.refuse(Refusal::Invalidated);
        }
        if entry.header.added.is_empty() {
            return self.believed(entry);
        }
        State::FetchAdded { ids: self.added_ids(&entry), entry }
    }

    /// The generations fit; what is left is time.
    fn believed(&mut self, entry: Arc<Entry>) -> State {
        let policy = &self.subject.policy;
        let past = past_expiry(&entry, self.now);
        if past.is_none() {
            let is_refreshed = self.want == Want::Load
                && self.admission == Admission::Full
                && policy.wants_refresh(&entry.header, self.now.unix_ms, self.draw);
            if !is_refreshed {
                return self.close(Landing::Over, Outcome::Hit, Gain::Entry(entry));
            }
            let outcome = Some(Outcome::Hit);
            self.spare = Some(Spare { entry, when_held: outcome, when_failed: outcome });
            return self.miss();
        }
        let within = |span: Duration| past.is_some_and(|past| past < span);
        let when_held = within(policy.stale_while_revalidate).then_some(Outcome::Stale);
        let when_failed = within(policy.stale_if_error).then_some(Outcome::StaleOnError);
        if when_held.is_none() && when_failed.is_none() {
            return self.refuse(Refusal::Expired);
        }
        self.spare = Some(Spare { entry, when_held, when_failed });
        self.miss()
    }

    fn refuse(&mut self, refusal: Refusal) -> State {
        self.refusal.get_or_insert(refusal);
        self.miss()
    }

    fn miss(&mut self) -> State {
        match (self.want, self.admission) {
            (Want::Nothing, _) => self.close(Landing::Over, Outcome::Missed, Gain::Nothing),
            (Want::Load, Admission::Full) if self.is_announced => State::Establish { other: None },
            (Want::Load, Admission::Full) => State::Announce { is_blind: false },
            (Want::Load, Admission::ReadOnly | Admission::Bypass) => {
                State::Load { with: With::Nothing { outcome: Outcome::Unstored } }
            }
        }
    }

    /// Rule 2: this is G.
    fn established(
        &mut self,
        other: Option<(Token, Vec<Stamp>)>,
        stamps: &[Option<Stamp>],
    ) -> State {
        let generations: Vec<Stamp> = stamps.iter().copied().flatten().collect();
        if generations.len() != stamps.len() {
            return self.unavailable();
        }
        // A lease of other generations is put aside only by who has just seen that its own are
        // the current ones.
        let replace = other.filter(|(_, known)| *known == generations).map(|(token, _)| token);
        acquire(generations, replace)
    }

    fn taken(&mut self, generations: Vec<Stamp>, seen: Seen) -> State {
        self.is_leased = true;
        let entry = match seen {
            Seen::Entry(entry) if self.makes_load_needless(&entry, &generations) => entry,
            _ => return self.lead(generations),
        };
        if entry.header.added.is_empty() {
            return self.close(Landing::Over, Outcome::Hit, Gain::Entry(entry));
        }
        State::CheckTaken { ids: self.added_ids(&entry), entry, generations }
    }

    /// A load of the same generations may have ended between the fetch and the lease.
    fn makes_load_needless(&self, entry: &Arc<Entry>, generations: &[Stamp]) -> bool {
        let known = self.spare.as_ref().map(|spare| spare.entry.header.created_unix_ms);
        !self.is_distrustful
            && declared_stamps(entry).eq(generations.iter().copied())
            && past_expiry(entry, self.now).is_none()
            && known.is_none_or(|known| known < entry.header.created_unix_ms)
    }

    fn lead(&mut self, generations: Vec<Stamp>) -> State {
        if self.watching.is_some() {
            return State::Unwatch { generations };
        }
        State::Load { with: With::Lease { generations } }
    }

    /// Rule 3: joined is only what has our generations.
    fn held(
        &mut self,
        generations: Vec<Stamp>,
        digest: Digest,
        token: Token,
        other: Digest,
    ) -> State {
        if let Some(state) = self.give_spare(|spare| spare.when_held) {
            return state;
        }
        if other != digest && !mutant::is(Mutant::JoinByKeyAlone) {
            return State::Establish { other: Some((token, generations)) };
        }
        if self.watching == Some(token) {
            return State::Watch { token, generations };
        }
        State::Join { token, generations }
    }

    fn joined(&mut self, landing: Landing<Share, Fault>) -> State {
        match landing {
            Landing::Over => State::Fetch,
            Landing::Value(share) if !share.added.is_empty() => {
                let ids = share.added.iter().map(|added| added.id).collect();
                State::Verify { share, ids }
            }
            landing => self.shared(landing),
        }
    }

    fn shared(&mut self, landing: Landing<Share, Fault>) -> State {
        match landing {
            Landing::Over => State::Fetch,
            Landing::Value(share) => {
                self.close(Landing::Over, Outcome::Collapsed, Gain::Shared(share))
            }
            Landing::Failed(fault) => {
                if let Some(state) = self.give_spare(|spare| spare.when_failed) {
                    return state;
                }
                self.close(Landing::Over, Outcome::Failed, Gain::Failed(fault))
            }
        }
    }

    /// Rule 6.
    fn waited_out(&mut self, token: Token, generations: Vec<Stamp>) -> State {
        if self.has_waited_twice() {
            return self.close(Landing::Over, Outcome::TimedOut, Gain::Nothing);
        }
        acquire(generations, Some(token))
    }

    fn waited_out_blind(&mut self, token: Token) -> State {
        if self.has_waited_twice() {
            return self.close(Landing::Over, Outcome::TimedOut, Gain::Nothing);
        }
        State::EnterBlind { past: Some(token) }
    }

    fn has_waited_twice(&mut self) -> bool {
        self.waits += 1;
        self.waiting_since = None;
        self.waits >= 2
    }

    fn may_wait(&self) -> Duration {
        let waited = self.now.uptime.saturating_sub(self.waiting_since.unwrap_or(self.now.uptime));
        self.subject.policy.wait.saturating_sub(waited)
    }

    /// The store could not be asked: rule 5, unless a believed entry is at hand.
    fn unavailable(&mut self) -> State {
        if let Some(state) = self.give_spare(|spare| spare.when_held) {
            return state;
        }
        match self.admission {
            Admission::Full if self.is_announced => State::EnterBlind { past: None },
            Admission::Full => State::Announce { is_blind: true },
            Admission::ReadOnly | Admission::Bypass => {
                State::Load { with: With::Nothing { outcome: Outcome::Unavailable } }
            }
        }
    }

    fn entered_blind(&mut self, blind: Blind) -> State {
        if blind != Blind::Lead {
            self.waiting_since.get_or_insert(self.now.uptime);
        }
        match blind {
            Blind::Follow(token) => State::Follow { token },
            Blind::Lead => State::Load { with: With::Blind },
            Blind::Next(token) => State::AfterBlind { token },
        }
    }

    /// Rule 4.
    fn loaded(&mut self, with: With, loaded: Loaded) -> State {
        if !loaded.is_storable {
            let outcome = match with {
                With::Nothing { outcome } => outcome,
                With::Blind | With::Lease { .. } => Outcome::Unstored,
            };
            let landing = if mutant::is(Mutant::UnstorableShared) {
                Landing::Value(share(Vec::new(), loaded))
            } else {
                Landing::Over
            };
            return self.close(landing, outcome, Gain::Own(None));
        }
        match with {
            With::Nothing { outcome } => self.close(Landing::Over, outcome, Gain::Own(None)),
            With::Blind => {
                let landing = Landing::Value(share(Vec::new(), loaded));
                self.close(landing, Outcome::Unavailable, Gain::Own(None))
            }
            With::Lease { .. } if mutant::is(Mutant::GenerationsAfterLoad) => {
                State::TooLate { loaded }
            }
            With::Lease { generations: stamps } => State::Put { stamps, loaded },
        }
    }

    fn failed(&mut self, fault: Fault) -> State {
        let landing = Landing::Failed(Arc::clone(&fault));
        if let Some(spare) = self.spare.take()
            && let Some(outcome) = spare.when_failed
        {
            return self.close(landing, outcome, Gain::Entry(spare.entry));
        }
        self.close(landing, Outcome::Failed, Gain::Failed(fault))
    }

    fn put(&mut self, stamps: Vec<Stamp>, loaded: Loaded, put: Put) -> State {
        // A stored put has ended the lease; a fenced one had lost it.
        self.is_leased = matches!(put, Put::Changed | Put::Full);
        let share = share(stamps, loaded);
        let landing = Landing::Value(Arc::clone(&share));
        self.close(landing, Outcome::Loaded, Gain::Own(Some(share)))
    }

    fn undecodable(&mut self, end: &End) -> State {
        self.is_distrustful = true;
        self.spare = None;
        self.refusal.get_or_insert(Refusal::Undecodable);
        match end.gain {
            Gain::Entry(_) => self.miss(),
            _ => State::Load { with: With::Nothing { outcome: Outcome::Unstored } },
        }
    }

    fn give_spare(&mut self, outcome: impl Fn(&Spare) -> Option<Outcome>) -> Option<State> {
        let outcome = outcome(self.spare.as_ref()?)?;
        let spare = self.spare.take()?;
        Some(self.close(Landing::Over, outcome, Gain::Entry(spare.entry)))
    }

    /// Ends the way: the lease goes back, then the waiters are told, then the caller.
    fn close(&mut self, landing: Landing<Share, Fault>, outcome: Outcome, gain: Gain) -> State {
        let mut todo = Vec::new();
        if self.is_announced {
            todo.push(Closing::Land(landing));
        }
        if self.watching.is_some() {
            todo.push(Closing::Unwatch);
        }
        if self.is_leased {
            todo.push(Closing::Release);
        }
        State::Close { todo, end: End { outcome, gain } }
    }

    fn closed_one(&mut self, mut todo: Vec<Closing>, end: End) -> State {
        match todo.pop() {
            Some(Closing::Land(_)) => self.is_announced = false,
            Some(Closing::Release) => self.is_leased = false,
            Some(Closing::Unwatch) => self.watching = None,
            None => {}
        }
        State::Close { todo, end }
    }

    /// A driver that answers what was not asked: the caller loads for itself.
    fn misfit(&mut self, state: State, answer: &Answer) -> State {
        debug_assert!(false, "{answer:?} is no answer to {state:?}");
        State::Load { with: With::Nothing { outcome: Outcome::Unstored } }
    }

    fn added_ids(&self, entry: &Entry) -> Vec<TagId> {
        entry.header.added.iter().map(|tag| self.subject.namespace.tag_id(tag)).collect()
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
            .field("waits", &(self.waiting_since, self.waits))
            .finish_non_exhaustive()
    }
}

fn acquire(generations: Vec<Stamp>, replace: Option<Token>) -> State {
    let digest = digest(&generations);
    State::Acquire { generations, digest, replace }
}

fn share(stamps: Vec<Stamp>, loaded: Loaded) -> Share {
    Arc::new(Shared { codec: loaded.codec, payload: loaded.payload, stamps, added: loaded.added })
}

/// True where every stamp of an entry is the stamp now; an absent generation matches nothing.
fn is_current(stamps: impl ExactSizeIterator<Item = Stamp>, now: &[Option<Stamp>]) -> bool {
    stamps.len() == now.len() && stamps.zip(now).all(|(stamp, now)| *now == Some(stamp))
}

fn declared_stamps(entry: &Entry) -> impl ExactSizeIterator<Item = Stamp> {
    let declared = entry.header.stamps.len().saturating_sub(entry.header.added.len());
    entry.header.stamps[..declared].iter().copied()
}

fn added_stamps(entry: &Entry) -> impl ExactSizeIterator<Item = Stamp> {
    let declared = entry.header.stamps.len().saturating_sub(entry.header.added.len());
    entry.header.stamps[declared..].iter().copied()
}

/// How far the entry is past its hard expiry; `None` while it is fresh.
fn past_expiry(entry: &Entry, now: Moment) -> Option<Duration> {
    let hard = entry.header.hard_unix_ms;
    if hard == NEVER {
        return None;
    }
    now.unix_ms.checked_sub(hard).map(Duration::from_millis)
}

/// What an outer load takes over from a read: its tags, with the stamps that its answer rests on.
/// `None` where these are not known: the outer load may then not be stored.
pub(crate) fn dependencies(subject: &Subject, gain: &Gain) -> Option<Vec<Added>> {
    let (stamps, added) = match gain {
        Gain::Entry(entry) => {
            let tags = entry.header.added.iter().cloned();
            let added = tags.zip(added_stamps(entry)).map(|(tag, stamp)| Added {
                id: subject.namespace.tag_id(&tag),
                tag,
                stamp,
            });
            (declared_stamps(entry).collect(), added.collect())
        }
        Gain::Own(Some(share)) | Gain::Shared(share) => (share.stamps.clone(), share.added.clone()),
        Gain::Own(None) | Gain::Failed(_) | Gain::Nothing => return None,
    };
    let stamps: Vec<Stamp> = stamps;
    if stamps.len() != subject.tags.len() {
        return None;
    }
    let declared = subject.tags.iter().zip(&subject.tag_ids).zip(stamps);
    let declared = declared.map(|((tag, id), stamp)| Added { tag: tag.clone(), id: *id, stamp });
    Some(declared.chain(added).collect())
}
