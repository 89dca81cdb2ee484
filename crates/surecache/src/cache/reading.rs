//! One question to a region, asked through the blocking driver: what the blocking door and the
//! Python binding are made of.

use std::time::Duration;

use super::core::Core;
use super::declaration::Declared;
use super::tags::Tags;
use crate::base::Error;
use crate::base::sync::Arc;
use crate::entry::{Codec, Payload, Refusal};
use crate::flow::blocking::{self, Caller};
use crate::flow::loading::{Load, check_nesting};
use crate::flow::plan::Read;
use crate::flow::step::{Admission, Answer, End, Fault, Gain, Loaded, Subject, Want};
use crate::key::{KeyBytes, Scope, Tag};
use crate::observe::{Counters, Outcome};

/// What is asked: a region, for whom, under which key, depending on what.
#[derive(Debug)]
pub struct Question {
    pub(super) subject: Arc<Subject>,
    pub(super) scope: Scope,
}

/// A value as a loader's caller encoded it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Encoded {
    /// How.
    pub codec: Codec,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a load brought: a value, or an error that is shared with those who wait.
pub type Brought = Result<Encoded, Fault>;

/// Does for a blocking read what the cache cannot: run the loader, decode, wait.
pub trait Loader {
    /// What the loader may end with beside a value and an error: an unwinding that is passed on,
    /// while the load counts as never run.
    type Abort;

    /// Runs the loader and encodes its value; `Err` of the inner result is shared with waiters.
    ///
    /// # Errors
    /// The unwinding.
    fn load(&mut self, load: &Arc<Load>) -> Result<Brought, Self::Abort>;

    /// Decodes a payload and keeps the value; false where it cannot be decoded.
    fn decode(&mut self, codec: Codec, payload: &Payload) -> bool;

    /// Blocks while `wait` runs: whatever must not be held meanwhile is let go here.
    fn block<T: Send>(&mut self, wait: impl FnOnce() -> T + Send) -> T;
}

/// How a read ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum Finish {
    /// The payload that was given to [`Loader::decode`].
    Decoded,
    /// The load failed, its own or the one that was joined.
    Failed(Fault),
    /// Nothing was found, and no load was asked for.
    Missed,
    /// What its own [`Loader::load`] returned.
    Own,
    /// Nobody's load ended in time.
    TimedOut,
}

impl Question {
    /// A question to a region.
    ///
    /// # Errors
    /// Misuse where `outer`, the load around it, may not hold the answer, and where rights decide
    /// over answers that the policy lets outlive their expiry.
    pub fn new(
        declared: &Declared,
        scope: Scope,
        key: &KeyBytes,
        depends: &Tags,
        outer: Option<&Arc<Load>>,
    ) -> Result<Self, Error> {
        declared.check_scope(&scope)?;
        let subject = declared.subject(&scope, key, depends);
        Self::about(subject, scope, outer)
    }

    /// A question about a subject.
    pub(super) fn about(
        subject: Arc<Subject>,
        scope: Scope,
        outer: Option<&Arc<Load>>,
    ) -> Result<Self, Error> {
        check_nesting(&subject.entry, &scope, outer)?;
        Ok(Self { subject, scope })
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.subject.terms.counters
    }

    /// Reads, and loads where nothing usable is found.
    ///
    /// Blocks for the store's time-outs, its own loader, and loads of others for at most twice the
    /// policy's wait. What the answer rests on is handed to `outer`.
    ///
    /// # Errors
    /// What the loader aborted with; `Err(Err(_))` is the cache's own.
    pub fn get_or_load<L: Loader>(
        &self,
        core: &Core,
        admission: Admission,
        outer: Option<&Arc<Load>>,
        loader: &mut L,
    ) -> Result<(Outcome, Finish), Result<L::Abort, Error>> {
        self.run(core, Want::Load, admission, outer, loader)
    }

    /// Reads, and loads nothing.
    ///
    /// # Errors
    /// The cache's own.
    pub fn peek<L: Loader>(
        &self,
        core: &Core,
        loader: &mut L,
    ) -> Result<(Outcome, Finish), Result<L::Abort, Error>> {
        self.run(core, Want::Nothing, Admission::Full, None, loader)
    }

    /// Deletes the answer, and voids a load of it that is running.
    ///
    /// # Errors
    /// `Unavailable` where the store did not take it.
    pub fn invalidate(&self, core: &Core) -> Result<(), Error> {
        let ended = core.engine().end(&self.subject.entry);
        ended.inspect_err(|_| core.note_late())
    }

    /// As [`Question::invalidate`], in a task.
    #[cfg(feature = "tokio")]
    pub(super) async fn invalidate_in_task(&self, core: &Core) -> Result<(), Error> {
        let ended = core.engine().end_in_task(&self.subject.entry).await;
        ended.inspect_err(|_| core.note_late())
    }

    fn run<L: Loader>(
        &self,
        core: &Core,
        want: Want,
        admission: Admission,
        outer: Option<&Arc<Load>>,
        loader: &mut L,
    ) -> Result<(Outcome, Finish), Result<L::Abort, Error>> {
        core.reporter().start(core);
        let engine = core.engine();
        let plan = engine.plan(Arc::clone(&self.subject), want, admission);
        let began = plan.now().uptime;
        let mut way =
            Walking { question: self, core, outer, loader, end: None, refusal: None, at: began };
        blocking::read(engine, plan, &mut way)?;
        let Some(end) = way.end else {
            return Err(Err(Error::corrupt("a read ended without an end")));
        };
        // A local store's answer has the time of its question.
        let at = if core.is_local() { engine.clock.uptime() } else { way.at };
        self.ended(core, at.saturating_sub(began), &end, way.refusal, outer);
        Ok((end.outcome, finish(end)))
    }

    /// Counts the end of a read that took so long, and hands what it rests on to the load around
    /// it.
    pub(super) fn ended(
        &self,
        core: &Core,
        took: Duration,
        end: &End,
        refusal: Option<Refusal>,
        outer: Option<&Arc<Load>>,
    ) {
        core.record(self.counters(), &self.subject.entry, end.outcome, refusal, took);
        if let Some(outer) = outer {
            outer.rests_on(&self.subject, end);
        }
    }
}

struct Walking<'a, L> {
    question: &'a Question,
    core: &'a Core,
    outer: Option<&'a Arc<Load>>,
    loader: &'a mut L,
    end: Option<End>,
    refusal: Option<Refusal>,
    /// When the last answer came, in uptime.
    at: Duration,
}

impl<L: Loader> Caller for Walking<'_, L> {
    type Abort = Result<L::Abort, Error>;

    fn load(&mut self, plan: &Read) -> Result<Answer, Self::Abort> {
        let clock = &self.core.engine().clock;
        let began = clock.now();
        let load =
            Load::begin(plan.subject(), &self.question.scope, self.outer.cloned()).map_err(Err)?;
        let result = self.loader.load(&load).map_err(Ok)?;
        let took = clock.uptime().saturating_sub(began.uptime);
        self.question.counters().loaded(took);
        let (added, is_storable) = load.found(plan.subject());
        Ok(match result {
            Err(fault) => Answer::Failed(fault),
            Ok(encoded) => Answer::Loaded(Loaded {
                codec: encoded.codec,
                payload: encoded.bytes.into(),
                added,
                is_storable,
                cost_us: u32::try_from(took.as_micros()).unwrap_or(u32::MAX),
                began_unix_ms: began.unix_ms,
            }),
        })
    }

    fn accept(&mut self, plan: &Read, end: &End) -> bool {
        let is_decoded = match &end.gain {
            Gain::Entry(entry) => self.loader.decode(entry.header.codec, &entry.payload),
            Gain::Shared(share) => self.loader.decode(share.codec, &share.payload),
            Gain::Failed(_) | Gain::Nothing | Gain::Own(_) => true,
        };
        self.refusal = plan.refusal();
        self.at = plan.now().uptime;
        self.end = is_decoded.then(|| end.clone());
        is_decoded
    }

    fn block<T: Send>(&mut self, wait: impl FnOnce() -> T + Send) -> T {
        self.loader.block(wait)
    }
}

pub(super) fn finish(end: End) -> Finish {
    match end.gain {
        Gain::Entry(_) | Gain::Shared(_) => Finish::Decoded,
        Gain::Failed(fault) => Finish::Failed(fault),
        Gain::Nothing if end.outcome == Outcome::TimedOut => Finish::TimedOut,
        Gain::Nothing => Finish::Missed,
        Gain::Own(_) => Finish::Own,
    }
}

impl Load {
    /// Adds tags to the answer. To be called before the data they cover is read: their generations
    /// are read here, and an invalidation that comes later ends the answer.
    pub fn depends_on(&self, core: &Core, tags: &[Tag]) {
        self.depends(core.engine(), tags);
    }
}
