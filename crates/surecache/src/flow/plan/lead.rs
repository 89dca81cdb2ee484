//! From the generations to the put: who loads, and what becomes of what was loaded.

use super::found::{declared_stamps, past_expiry};
use super::{Read, State, With};
use crate::base::mutant::{self, Mutant};
use crate::base::sync::Arc;
use crate::entry::{Entry, Stamp};
use crate::flight::Landing;
use crate::flow::step::{Fault, Gain, Loaded, Seen, Share, Shared};
use crate::invalidate::digest;
use crate::observe::Outcome;
use crate::store::{Digest, Put, Token};

impl Read {
    /// Rule 2: this is G.
    pub(super) fn established(
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
        self.acquire(generations, replace)
    }

    /// Asks for the lease. Its digest tells the entry too: what is told of another's lease leads
    /// nobody to another's flight.
    pub(super) fn acquire(&self, generations: Vec<Stamp>, replace: Option<Token>) -> State {
        let digest = digest(&self.subject.entry, &generations);
        State::Acquire { generations, digest, replace }
    }

    pub(super) fn taken(&mut self, generations: Vec<Stamp>, seen: Seen) -> State {
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
    pub(super) fn makes_load_needless(&self, entry: &Arc<Entry>, generations: &[Stamp]) -> bool {
        let known = self.spare.as_ref().map(|spare| spare.entry.header.created_unix_ms);
        !self.is_distrustful
            && declared_stamps(entry).eq(generations.iter().copied())
            && past_expiry(entry, self.now).is_none()
            && known.is_none_or(|known| known < entry.header.created_unix_ms)
    }

    pub(super) fn lead(&mut self, generations: Vec<Stamp>) -> State {
        if self.watching.is_some() {
            return State::Unwatch { generations };
        }
        State::Load { with: With::Lease { generations } }
    }

    /// Rule 3: joined is only what has our generations.
    pub(super) fn held(
        &mut self,
        generations: Vec<Stamp>,
        digest: Digest,
        token: Token,
        other: Digest,
    ) -> State {
        if let Some(state) = self.give_spare(|spare| spare.when_held) {
            return state;
        }
        if token == self.token {
            // Whoever holds a lease is not told that another does: an answer to another question.
            return self.unavailable();
        }
        if other != digest && !mutant::is(Mutant::JoinByKeyAlone) {
            return State::Establish { other: Some((token, generations)) };
        }
        if self.watching == Some(token) {
            return State::Watch { token, generations };
        }
        State::Join { token, generations }
    }

    /// Rule 4.
    pub(super) fn loaded(&mut self, with: With, loaded: Loaded) -> State {
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

    pub(super) fn failed(&mut self, fault: Fault) -> State {
        let landing = Landing::Failed(Arc::clone(&fault));
        if let Some(spare) = self.spare.take()
            && let Some(outcome) = spare.when_failed
        {
            return self.close(landing, outcome, Gain::Entry(spare.entry));
        }
        self.close(landing, Outcome::Failed, Gain::Failed(fault))
    }

    pub(super) fn put(&mut self, stamps: Vec<Stamp>, loaded: Loaded, put: Put) -> State {
        // A stored put has ended the lease; a fenced one had lost it.
        self.is_leased = matches!(put, Put::Changed | Put::Full);
        let share = share(stamps, loaded);
        let landing = Landing::Value(Arc::clone(&share));
        self.close(landing, Outcome::Loaded, Gain::Own(Some(share)))
    }
}

fn share(stamps: Vec<Stamp>, loaded: Loaded) -> Share {
    Arc::new(Shared { codec: loaded.codec, payload: loaded.payload, stamps, added: loaded.added })
}
