//! The end of the way: the lease goes back, then the waiters are told, then the caller.

use super::{Closing, Read, Spare, State, With};
use crate::entry::Refusal;
use crate::flight::Landing;
use crate::flow::step::{End, Fault, Gain, Share};
use crate::observe::Outcome;

impl Read {
    pub(super) fn undecodable(&mut self, end: &End) -> State {
        self.is_distrustful = true;
        self.spare = None;
        self.refusal.get_or_insert(Refusal::Undecodable);
        match end.gain {
            Gain::Entry(_) => self.miss(),
            _ => State::Load { with: With::Nothing { outcome: Outcome::Unstored } },
        }
    }

    pub(super) fn give_spare(
        &mut self,
        outcome: impl Fn(&Spare) -> Option<Outcome>,
    ) -> Option<State> {
        let outcome = outcome(self.spare.as_ref()?)?;
        let spare = self.spare.take()?;
        Some(self.close(Landing::Over, outcome, Gain::Entry(spare.entry)))
    }

    /// Ends the way: the lease goes back, then the waiters are told, then the caller.
    pub(super) fn close(
        &mut self,
        landing: Landing<Share, Fault>,
        outcome: Outcome,
        gain: Gain,
    ) -> State {
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

    pub(super) fn closed_one(&mut self, mut todo: Vec<Closing>, end: End) -> State {
        match todo.pop() {
            Some(Closing::Land(_)) => self.is_announced = false,
            Some(Closing::Release) => self.is_leased = false,
            Some(Closing::Unwatch) => self.watching = None,
            None => {}
        }
        State::Close { todo, end }
    }
}
