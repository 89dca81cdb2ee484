//! What was found: believed, or refused with a reason.

use std::time::Duration;

use super::{Read, Spare, State, With};
use crate::base::Moment;
use crate::base::sync::Arc;
use crate::entry::{Entry, NEVER, Refusal, Stamp};
use crate::flight::Landing;
use crate::flow::step::{Admission, Gain, Seen, Want};
use crate::invalidate::stamp;
use crate::key::TagId;
use crate::observe::Outcome;
use crate::store::Reading;

impl Read {
    /// Rule 1: the entry's stamps against the generations now.
    pub(super) fn judge(&mut self, seen: Seen, readings: &[Option<Reading>]) -> State {
        let entry = match seen {
            Seen::Absent => return self.miss(),
            Seen::Refused(refusal) => return self.refuse(refusal),
            Seen::Entry(_) if self.is_distrustful => return self.miss(),
            Seen::Entry(entry) => entry,
        };
        if !is_current(declared_stamps(&entry), readings.iter().map(stamp)) {
            return self.refuse(Refusal::Invalidated);
        }
        if entry.header.added.is_empty() {
            return self.believed(entry);
        }
        State::FetchAdded { ids: self.added_ids(&entry), entry }
    }

    /// The generations fit; what is left is time.
    pub(super) fn believed(&mut self, entry: Arc<Entry>) -> State {
        let policy = &self.subject.terms.policy;
        let past = past_expiry(&entry, self.now);
        if past.is_none() {
            let is_refreshed = self.want == Want::Load
                && self.admission == Admission::Full
                && policy.wants_refresh(&entry.header, self.now.unix_ms, self.draw);
            if !is_refreshed {
                return self.close(Landing::Over, Outcome::Hit, Gain::Entry(entry));
            }
            let outcome = Some(Outcome::Hit);
            self.spare = Some(Spare::new(entry, outcome, outcome));
            return self.miss();
        }
        let within = |span: Duration| past.is_some_and(|past| past < span);
        let when_held = within(policy.stale_while_revalidate).then_some(Outcome::Stale);
        let when_failed = within(policy.stale_if_error).then_some(Outcome::StaleOnError);
        if when_held.is_none() && when_failed.is_none() {
            return self.refuse(Refusal::Expired);
        }
        self.spare = Some(Spare::new(entry, when_held, when_failed));
        self.miss()
    }

    pub(super) fn refuse(&mut self, refusal: Refusal) -> State {
        self.refusal.get_or_insert(refusal);
        self.miss()
    }

    pub(super) fn miss(&mut self) -> State {
        match (self.want, self.admission) {
            (Want::Nothing, _) => self.close(Landing::Over, Outcome::Missed, Gain::Nothing),
            (Want::Load, Admission::Full) if self.is_announced => State::Establish { other: None },
            (Want::Load, Admission::Full) => State::Announce { is_blind: false },
            (Want::Load, Admission::ReadOnly | Admission::Bypass) => {
                State::Load { with: With::Nothing { outcome: Outcome::Unstored } }
            }
        }
    }

    pub(super) fn added_ids(&self, entry: &Entry) -> Vec<TagId> {
        let namespace = &self.subject.terms.namespace;
        entry.header.added.iter().map(|tag| namespace.tag_id(tag)).collect()
    }
}

/// True where every stamp of an entry is the stamp now; an absent generation matches nothing.
pub(super) fn is_current(
    stamps: impl ExactSizeIterator<Item = Stamp>,
    now: impl ExactSizeIterator<Item = Option<Stamp>>,
) -> bool {
    stamps.len() == now.len() && stamps.zip(now).all(|(stamp, now)| now == Some(stamp))
}

pub(super) fn declared_stamps(entry: &Entry) -> impl ExactSizeIterator<Item = Stamp> {
    let declared = entry.header.stamps.len().saturating_sub(entry.header.added.len());
    entry.header.stamps[..declared].iter().copied()
}

pub(super) fn added_stamps(entry: &Entry) -> impl ExactSizeIterator<Item = Stamp> {
    let declared = entry.header.stamps.len().saturating_sub(entry.header.added.len());
    entry.header.stamps[declared..].iter().copied()
}

/// How far the entry is past its hard expiry; `None` while it is fresh.
pub(super) fn past_expiry(entry: &Entry, now: Moment) -> Option<Duration> {
    let hard = entry.header.hard_unix_ms;
    if hard == NEVER {
        return None;
    }
    now.unix_ms.checked_sub(hard).map(Duration::from_millis)
}
