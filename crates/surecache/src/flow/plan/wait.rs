//! Waiting for the loads of others, with the store and without it.

use std::time::Duration;

use super::{Read, State, With};
use crate::entry::{Refusal, Stamp};
use crate::flight::{Blind, Landing};
use crate::flow::step::{Admission, Fault, Gain, Share, Want};
use crate::observe::Outcome;
use crate::store::Token;

impl Read {
    pub(super) fn joined(&mut self, landing: Landing<Share, Fault>) -> State {
        match landing {
            Landing::Over => State::Fetch,
            Landing::Value(share) if !share.added.is_empty() => {
                let ids = share.added.iter().map(|added| added.id).collect();
                State::Verify { share, ids }
            }
            landing => self.shared(landing),
        }
    }

    pub(super) fn shared(&mut self, landing: Landing<Share, Fault>) -> State {
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

    /// Begins to wait for a leader, or goes on where another has taken its place. Who has waited
    /// for most of its time by then begins anew, and for the last time: readers that began one
    /// after the other would else put one new leader aside after the other.
    pub(super) fn wait_for(&mut self, leader: Token) {
        let now = self.now.uptime;
        let since = *self.waiting_since.get_or_insert(now);
        let is_another = self.leader.replace(leader).is_some_and(|before| before != leader);
        let is_late = now.saturating_sub(since) >= self.subject.terms.policy.wait / 2;
        if is_another && is_late && self.waits == 0 {
            self.waits = 1;
            self.waiting_since = Some(now);
        }
    }

    /// Rule 6.
    pub(super) fn waited_out(&mut self, token: Token, generations: Vec<Stamp>) -> State {
        if self.has_waited_twice() {
            return self.close(Landing::Over, Outcome::TimedOut, Gain::Nothing);
        }
        self.acquire(generations, Some(token))
    }

    pub(super) fn waited_out_blind(&mut self, running: Token) -> State {
        if self.has_waited_twice() {
            return self.close(Landing::Over, Outcome::TimedOut, Gain::Nothing);
        }
        State::EnterBlind { past: Some(running) }
    }

    pub(super) fn has_waited_twice(&mut self) -> bool {
        self.waits += 1;
        self.waiting_since = None;
        self.waits >= 2
    }

    pub(super) fn may_wait(&self) -> Duration {
        let waited = self.now.uptime.saturating_sub(self.waiting_since.unwrap_or(self.now.uptime));
        self.subject.terms.policy.wait.saturating_sub(waited)
    }

    /// The store has what should have ended already: as if it could not be asked.
    pub(super) fn undelivered(&mut self) -> State {
        self.refusal.get_or_insert(Refusal::Undelivered);
        match self.want {
            Want::Load => self.unavailable(),
            Want::Nothing => self.close(Landing::Over, Outcome::Missed, Gain::Nothing),
        }
    }

    /// The store could not be asked: rule 5, unless a believed entry is at hand.
    pub(super) fn unavailable(&mut self) -> State {
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

    pub(super) fn entered_blind(&mut self, blind: Blind) -> State {
        if blind != Blind::Lead {
            self.waiting_since.get_or_insert(self.now.uptime);
        }
        match blind {
            Blind::Follow { running, .. } => State::Follow { running },
            Blind::Lead => State::Load { with: With::Blind },
            Blind::Next(running) => State::AfterBlind { running },
        }
    }
}
