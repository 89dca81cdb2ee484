//! A read that its caller walks step by step: for event loops of other languages, and for many
//! reads at once.

use std::task::{Context, Poll};
use std::time::Duration;

use super::core::Core;
use super::reading::{Brought, Finish, Question, finish};
use crate::base::Error;
use crate::base::sync::Arc;
use crate::entry::{Codec, Payload};
use crate::flow::blocking;
use crate::flow::loading::Load;
use crate::flow::step::{Admission, Answer, Gain, Loaded, Want};
use crate::flow::way::{Pausing, Pending, Way};
use crate::key::EntryKey;
use crate::observe::Outcome;
use crate::store::{Reply, Request};

/// One read on its way. Ask [`Walk::advance`], do it, tell; until [`Next::Done`].
///
/// Dropped before its end it gives the lease back and sends its waiters to read again.
#[derive(Debug)]
pub struct Walk {
    core: Core,
    question: Arc<Question>,
    outer: Option<Arc<Load>>,
    way: Way,
    began: Duration,
    running: Option<Running>,
    /// What is waited for is word of another process's lease, and no flight.
    is_pausing: bool,
}

#[derive(Debug)]
struct Running {
    load: Arc<Load>,
    began: crate::base::Moment,
}

/// What the caller does next.
#[derive(Debug)]
#[non_exhaustive]
pub enum Next {
    /// To let the store be asked, with [`Walk::ask`].
    Ask,
    /// To wait for another load, or for word of one, at most so long, with [`Walk::wait`] or
    /// [`Walk::poll_landed`].
    Await {
        /// How long.
        at_most: Duration,
    },
    /// To take the answer: [`Walk::payload`], then [`Walk::finish`].
    Done,
    /// To run the loader, then [`Walk::loaded`].
    Load(Arc<Load>),
    /// To sleep so long, then [`Walk::paused`].
    Pause(Duration),
}

impl Walk {
    /// A read at its beginning.
    pub fn begin(
        core: &Core,
        question: &Arc<Question>,
        admission: Admission,
        outer: Option<Arc<Load>>,
    ) -> Self {
        core.reporter().start(core);
        let engine = core.engine();
        let plan = engine.plan(Arc::clone(&question.subject), Want::Load, admission);
        Self {
            began: plan.now().uptime,
            way: Way::new(engine, plan),
            core: core.clone(),
            question: Arc::clone(question),
            outer,
            running: None,
            is_pausing: false,
        }
    }

    /// What is read.
    pub(super) fn entry(&self) -> &EntryKey {
        &self.question.subject.entry
    }

    /// Its load is one of many at once.
    pub(super) fn loads_in(&mut self, load: &Arc<Load>) {
        if let Some(running) = &mut self.running {
            running.load = Arc::clone(load);
        }
    }

    pub(super) fn way(&mut self) -> &mut Way {
        &mut self.way
    }

    /// Goes on until there is something that takes time.
    ///
    /// # Errors
    /// Misuse where the load around this one may not hold its answer.
    pub fn advance(&mut self) -> Result<Next, Error> {
        Ok(match self.way.go() {
            Pending::Ask => Next::Ask,
            Pending::Await { at_most } => Next::Await { at_most },
            Pending::Done => Next::Done,
            Pending::Load => {
                let (subject, scope) = (&self.question.subject, &self.question.scope);
                let load = Load::begin(subject, scope, self.outer.clone())?;
                let began = self.core.engine().clock.now();
                self.running = Some(Running { load: Arc::clone(&load), began });
                Next::Load(load)
            }
            Pending::Pause(Pausing::Sleep(span)) => Next::Pause(span),
            Pending::Pause(Pausing::Watch(at_most)) => {
                self.is_pausing = true;
                Next::Await { at_most }
            }
        })
    }

    /// Lets the store be asked. May block for its time-outs.
    pub fn ask(&mut self) {
        self.way.ask();
    }

    /// What the store is to be asked, for a caller that asks it by other means than [`Walk::ask`].
    /// What is to be stored is sealed into `sealed`.
    ///
    /// # Errors
    /// Misuse where nothing is to be asked, or what is to be stored is too large.
    pub fn question<'a>(&'a mut self, sealed: &'a mut Vec<u8>) -> Result<Request<'a>, Error> {
        self.way.question(sealed)
    }

    /// Tells the store's reply to [`Walk::question`].
    pub fn hear(&mut self, reply: Result<Reply, Error>) {
        self.way.hear(reply);
    }

    /// Tells what the loader brought: encoded, or an error that is shared with waiters.
    pub fn loaded(&mut self, brought: Brought) {
        let Some(Running { load, began }) = self.running.take() else { return };
        let took = self.core.engine().clock.uptime().saturating_sub(began.uptime);
        self.question.counters().loaded(took);
        let (added, is_storable) = load.found(&self.question.subject);
        self.way.answer(match brought {
            Err(fault) => Answer::Failed(fault),
            Ok(encoded) => Answer::Loaded(Loaded {
                codec: encoded.codec,
                payload: encoded.bytes.into(),
                added,
                is_storable,
                cost_us: u32::try_from(took.as_micros()).unwrap_or(u32::MAX),
                began_unix_ms: began.unix_ms,
            }),
        });
    }

    /// Tells that the pause is over.
    pub fn paused(&mut self) {
        self.way.answer(Answer::Done);
    }

    /// Blocks until the awaited flight has landed, at most so long.
    pub fn wait(&mut self, at_most: Duration) {
        if std::mem::take(&mut self.is_pausing) {
            blocking::pause(&mut self.way, Pausing::Watch(at_most));
            return self.way.answer(Answer::Done);
        }
        let landing = self.way.flight().cloned().and_then(|flight| flight.wait(at_most));
        self.way.answer(landing.map_or(Answer::WaitedOut, Answer::Landed));
    }

    /// Ready when the awaited flight has landed; the waker is called once when it does.
    pub fn poll_landed(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.is_pausing {
            return self.way.watch().map_or(Poll::Ready(()), |watch| watch.poll(context));
        }
        let Some(flight) = self.way.flight().cloned() else { return Poll::Ready(()) };
        flight.poll(context).map(|_| ())
    }

    /// Tells that the wait for a flight is over, landed or not.
    pub fn waited(&mut self) {
        self.wait(Duration::ZERO);
    }

    /// At the end: what is to be decoded; `None` where there is nothing, or the answer is what the
    /// caller's own loader brought.
    pub fn payload(&self) -> Option<(Codec, &Payload)> {
        match &self.way.end()?.gain {
            Gain::Entry(entry) => Some((entry.header.codec, &entry.payload)),
            Gain::Shared(share) => Some((share.codec, &share.payload)),
            Gain::Failed(_) | Gain::Nothing | Gain::Own(_) => None,
        }
    }

    /// At the end: the payload could not be decoded; the walk goes on.
    pub fn undecodable(&mut self) {
        self.way.answer(Answer::Undecodable);
    }

    /// Ends the walk, and counts it.
    ///
    /// # Errors
    /// Misuse where it is not at its end.
    pub fn finish(self) -> Result<(Outcome, Finish), Error> {
        let Some(end) = self.way.end().cloned() else {
            return Err(Error::misuse("wanted a walk at its end, found: one on its way"));
        };
        let refusal = self.way.plan.refusal();
        let took = self.core.engine().clock.uptime().saturating_sub(self.began);
        self.question.ended(&self.core, took, &end, refusal, self.outer.as_ref());
        Ok((end.outcome, finish(end)))
    }
}
