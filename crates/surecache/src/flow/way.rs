//! One read on its way through this process: the plan, and what it holds.

use std::time::Duration;

use super::engine::Engine;
use super::plan::Read;
use super::step::{Answer, End, Fault, Share, Step};
use crate::base::sync::Arc;
use crate::base::{Error, fork, random};
use crate::flight::{Announced, Flight};
use crate::lease::{self, Kept};
use crate::store::{Reply, Request, Token, Watch};

/// A plan with the guards of what it holds. Dropped before its end (a panic, a cancelled task), it
/// gives the lease back and sends its waiters to read again.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) plan: Read,
    engine: Arc<Engine>,
    announced: Option<Announced<Share, Fault>>,
    watching: Option<Announced<Share, Fault>>,
    /// The flight to wait for.
    flight: Option<Arc<Flight<Share, Fault>>>,
    /// Told when the lease that another process holds may have ended.
    watch: Option<Watch>,
    /// When the lease was asked for, in real uptime, until the answer is heard: it may be held.
    asked: Option<Duration>,
    /// Keeps the lease alive while the plan holds it.
    kept: Option<Kept>,
    generation: u64,
}

/// What only a driver can do, because it takes time.
#[derive(Debug)]
pub(crate) enum Pending {
    /// Let the store be asked: [`Way::ask`]. It may take its time-outs.
    Ask,
    /// Wait for [`Way::flight`].
    Await { at_most: Duration },
    /// Give the caller the end; answer `Done`, or `Undecodable`.
    Done,
    /// Run the loader.
    Load,
    /// Pause, then answer `Done`.
    Pause(Pausing),
}

/// How a pause is spent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pausing {
    /// Sleep so long.
    Sleep(Duration),
    /// Wait for [`Way::watch`], at most so long.
    Watch(Duration),
}

impl Way {
    pub(crate) fn new(engine: &Arc<Engine>, plan: Read) -> Self {
        Self {
            plan,
            engine: Arc::clone(engine),
            announced: None,
            watching: None,
            flight: None,
            watch: None,
            asked: None,
            kept: None,
            generation: fork::generation(),
        }
    }

    /// Goes on until something is to be done that takes time.
    pub(crate) fn go(&mut self) -> Pending {
        loop {
            if self.engine.waits_for_delivery(&self.plan) {
                self.answer(Answer::Undelivered);
                continue;
            }
            if self.is_for_the_store() {
                // A read of a local store takes no longer than a lock would.
                if !(self.engine.store.is_local() && self.is_a_fetch()) {
                    return Pending::Ask;
                }
                let answer = self.engine.ask(&self.plan);
                // So quick that the time of the question is the time of the answer.
                self.plan.answer(answer, self.plan.now());
                continue;
            }
            match self.local() {
                Ok(answer) => self.answer(answer),
                Err(pending) => return pending,
            }
        }
    }

    /// Asks the store what the plan asks.
    pub(crate) fn ask(&mut self) {
        self.note_asked();
        let reply = self.engine.reply(&self.plan);
        self.hear(reply);
    }

    /// Asks the store what the plan asks, without holding the thread.
    #[cfg(feature = "tokio")]
    pub(crate) async fn ask_in_task(&mut self) {
        let (engine, mut sealed) = (Arc::clone(&self.engine), Vec::new());
        let reply = match self.question(&mut sealed) {
            Ok(request) => engine.store.call_in_task(request).await,
            Err(error) => Err(error),
        };
        self.hear(reply);
    }

    /// What the store is to be asked, for who asks it and tells the reply to [`Way::hear`]. What is
    /// to be stored is sealed into `sealed`.
    ///
    /// # Errors
    /// As [`Engine::question`].
    pub(crate) fn question<'a>(
        &'a mut self,
        sealed: &'a mut Vec<u8>,
    ) -> Result<Request<'a>, Error> {
        self.note_asked();
        self.engine.question(&self.plan, sealed)
    }

    fn note_asked(&mut self) {
        self.asked = matches!(self.plan.step(), Step::Acquire { .. }).then(lease::uptime);
    }

    /// Tells the store's reply to the plan's question.
    pub(crate) fn hear(&mut self, reply: Result<Reply, Error>) {
        let answer = self.engine.hear(&self.plan, reply);
        if let Some(asked) = self.asked.take() {
            match answer {
                Answer::Taken { .. } => self.kept = Some(self.keep_lease(asked)),
                // It may have been taken nevertheless.
                Answer::Unavailable => self.give_lease_back(),
                _ => {}
            }
        }
        self.answer(answer);
    }

    fn is_for_the_store(&self) -> bool {
        match self.plan.step() {
            Step::Acquire { .. }
            | Step::Establish
            | Step::Fetch
            | Step::FetchTags(_)
            | Step::Put { .. }
            | Step::Release => true,
            Step::Announce
            | Step::Await { .. }
            | Step::Done(_)
            | Step::EnterBlind { .. }
            | Step::Join { .. }
            | Step::Land(_)
            | Step::Load
            | Step::Pause { .. }
            | Step::Unwatch => false,
        }
    }

    fn is_a_fetch(&self) -> bool {
        matches!(self.plan.step(), Step::Fetch | Step::FetchTags(_))
    }

    /// Tells the plan what came of a step.
    pub(crate) fn answer(&mut self, answer: Answer) {
        self.plan.answer(answer, self.engine.clock.now());
        if !self.plan.is_leased() {
            self.kept = None;
        }
    }

    /// The flight that [`Pending::Await`] waits for.
    pub(crate) fn flight(&self) -> Option<&Arc<Flight<Share, Fault>>> {
        self.flight.as_ref()
    }

    /// What [`Pausing::Watch`] waits for.
    pub(crate) fn watch(&mut self) -> Option<&mut Watch> {
        self.watch.as_mut()
    }

    /// Watched from the first pause on. A quarter of the period is looked at without being told: a
    /// holder that dies tells nobody.
    fn pausing(&mut self, at_most: Duration) -> Pausing {
        let subject = self.plan.subject();
        let quarter = (subject.terms.policy.lease / 4).min(at_most);
        if self.watch.is_none() {
            self.watch = self.engine.store.watch(&subject.entry);
        }
        match self.watch {
            Some(_) => Pausing::Watch(quarter),
            None => Pausing::Sleep(self.engine.store.pace()),
        }
    }

    /// The end, where the plan has come to it.
    pub(crate) fn end(&self) -> Option<&End> {
        match self.plan.step() {
            Step::Done(end) => Some(end),
            _ => None,
        }
    }

    fn local(&mut self) -> Result<Answer, Pending> {
        let flights = self.engine.flights();
        match self.plan.step() {
            Step::Announce => {
                let Ok(token) = random::bytes().map(Token) else { return Ok(Answer::Unavailable) };
                self.announced = Some(flights.announce(token));
                Ok(Answer::Announced { token })
            }
            Step::Await { at_most } => Err(Pending::Await { at_most }),
            Step::Done(_) => Err(Pending::Done),
            Step::EnterBlind { past } => {
                let entry = &self.plan.subject().entry;
                let (blind, flight) = flights.enter_blind(entry, self.plan.token(), past);
                self.flight = flight;
                Ok(Answer::Blind(blind))
            }
            Step::Join { token } => {
                // What was watched before is over: its waiters read again.
                self.watching = None;
                match flights.join(token, self.plan.token()) {
                    Some(joined) => {
                        self.flight = Some(joined.flight);
                        self.watching = joined.watching;
                        Ok(Answer::Joined { is_here: self.watching.is_none() })
                    }
                    // Looked at again after a pause, as one of another process is.
                    None => Ok(Answer::Joined { is_here: false }),
                }
            }
            Step::Land(landing) => {
                if let Some(announced) = self.announced.take() {
                    announced.land(landing.clone());
                }
                Ok(Answer::Done)
            }
            Step::Load => {
                flights.loads(self.plan.token());
                Err(Pending::Load)
            }
            Step::Pause { at_most } => Err(Pending::Pause(self.pausing(at_most))),
            Step::Unwatch => {
                self.watching = None;
                Ok(Answer::Done)
            }
            // The rest is asked of the store.
            _ => Ok(Answer::Unavailable),
        }
    }

    fn keep_lease(&self, asked: Duration) -> Kept {
        let subject = self.plan.subject();
        let (token, period) = (self.plan.token(), subject.terms.policy.lease);
        self.engine.leases.keep(&subject.entry, token, period, asked)
    }

    /// Gives back what is held under the plan's token, if anything is.
    fn give_lease_back(&self) {
        let (entry, token) = (&self.plan.subject().entry, self.plan.token());
        if self.engine.store.is_local() {
            // Where this fails the lease runs out by itself.
            drop(self.engine.call(Request::Release { entry, token }));
        } else {
            self.engine.leases.give_back(entry, token);
        }
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        let may_be_leased = self.plan.is_leased() || self.asked.is_some();
        if may_be_leased && self.generation == fork::generation() {
            self.give_lease_back();
        }
    }
}
