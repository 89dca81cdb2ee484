//! What every driver needs to do a step: the store, the seal, the clock, the flights.
//!
//! [`Engine::question`] turns a step into a request and [`Engine::hear`] the reply into an answer.
//! Entries are sealed and opened here, so that nothing above ever sees bytes whose seal was not
//! verified.

use std::time::Duration;

use bytes::BytesMut;

use super::plan::Read;
use super::step::{Admission, Answer, Fault, Loaded, Seen, Share, Step, Subject, Want};
use crate::base::fork::PerProcess;
use crate::base::sync::{Arc, OnceLock};
use crate::base::{Clock, Error, random};
use crate::entry::{Entry, Header, Refusal, Seal, Stamp};
use crate::flight::Flights;
use crate::invalidate::{Undelivered, stamps};
use crate::key::{Namespace, TagId};
use crate::lease::Leases;
use crate::near::Near;
use crate::observe::{Counters, Observer};
use crate::store::{Acquired, Condition, Put, Reply, Request, Store};

/// The parts that the ways of one namespace share.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) namespace: Arc<Namespace>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) seal: Seal,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) leases: Leases,
    pub(crate) near: Near,
    pub(crate) undelivered: Undelivered,
    /// Is told of reads that are no hits, and of what the store could not do.
    pub(crate) observer: OnceLock<Arc<dyn Observer>>,
    flights: PerProcess<Arc<Flights<Share, Fault>>>,
}

impl Engine {
    pub(crate) fn new(
        namespace: Namespace,
        store: Arc<dyn Store>,
        seal: Seal,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            namespace: Arc::new(namespace),
            leases: Leases::new(Arc::clone(&store)),
            near: Near::new(),
            store,
            seal,
            clock,
            undelivered: Undelivered::default(),
            observer: OnceLock::new(),
            flights: PerProcess::new(),
        }
    }

    /// The flights of this process; a forked child begins with none.
    pub(crate) fn flights(&self) -> &Arc<Flights<Share, Fault>> {
        self.flights.get_or_make(|| Arc::new(Flights::new()))
    }

    /// A read at its beginning.
    pub(crate) fn plan(&self, subject: Arc<Subject>, want: Want, admission: Admission) -> Read {
        let now = self.clock.now();
        Read::new(subject, want, admission, random::spread(now), now)
    }

    /// Does a step that the store answers; any other is answered as by a store that is down.
    pub(crate) fn ask(&self, plan: &Read) -> Answer {
        self.hear(plan, self.reply(plan))
    }

    /// The store's reply to a step.
    ///
    /// # Errors
    /// As [`Engine::question`] and [`Engine::call`].
    pub(crate) fn reply(&self, plan: &Read) -> Result<Reply, Error> {
        let mut sealed = Vec::new();
        self.question(plan, &mut sealed).and_then(|request| self.call(request))
    }

    /// The request that a step is. What is to be stored is sealed into `sealed`.
    ///
    /// # Errors
    /// Misuse for a step that the store does not answer and for what is too large to be sealed.
    pub(crate) fn question<'a>(
        &self,
        plan: &'a Read,
        sealed: &'a mut Vec<u8>,
    ) -> Result<Request<'a>, Error> {
        let subject = plan.subject();
        let (entry, token) = (&subject.entry, plan.token());
        Ok(match plan.step() {
            Step::Acquire { digest, replace } => {
                let period = subject.terms.policy.lease;
                Request::Acquire { entry, token, digest, period, replace }
            }
            Step::Establish => {
                Request::Establish { tags: &subject.tag_ids, life: subject.terms.life }
            }
            Step::Fetch => Request::Fetch { entry, tags: &subject.tag_ids },
            Step::FetchTags(tags) => Request::FetchMany { entries: &[], tags },
            Step::Put { stamps, loaded } => {
                let expires_unix_ms = self.seal_into(sealed, plan, stamps, loaded)?;
                let condition = Condition::Leased(token);
                Request::Put { entry, bytes: sealed, expires_unix_ms, condition }
            }
            Step::Release => Request::Release { entry, token },
            step => return Err(Error::misuse(format!("wanted a store's step, found: {step:?}"))),
        })
    }

    /// True where the step reads what could not be ended yet. Asked before the store is: the end
    /// could be delivered before the reply is judged, and a load that runs could be an old one.
    pub(crate) fn waits_for_delivery(&self, plan: &Read) -> bool {
        let (undelivered, subject) = (&self.undelivered, plan.subject());
        match plan.step() {
            Step::Fetch => {
                undelivered.holds_any(&subject.tag_ids) || undelivered.holds(&subject.entry)
            }
            Step::FetchTags(tags) => undelivered.holds_any(tags),
            _ => false,
        }
    }

    /// What a reply to the step's request means.
    pub(crate) fn hear(&self, plan: &Read, reply: Result<Reply, Error>) -> Answer {
        let subject = plan.subject();
        if let (Err(error), Some(observer)) = (&reply, self.observer.get()) {
            observer.trouble(error);
        }
        match (plan.step(), reply) {
            (Step::Acquire { .. }, Ok(reply)) => self.acquired(subject, reply),
            (Step::Establish, Ok(Reply::Generations(readings))) => {
                Answer::Stamps(stamps(&readings))
            }
            (Step::Fetch, Ok(reply)) => self.fetched(subject, reply),
            (Step::FetchTags(_), Ok(Reply::FetchedMany { generations, .. })) => {
                Answer::Stamps(stamps(&generations))
            }
            (Step::Put { .. }, Ok(Reply::Put(put))) => {
                count_put(&subject.terms.counters, put);
                Answer::Put(put)
            }
            (Step::Put { .. }, _) => {
                subject.terms.counters.put_failed();
                Answer::Unavailable
            }
            (Step::Release, Ok(_)) => Answer::Done,
            _ => Answer::Unavailable,
        }
    }

    /// Opens stored bytes; says why where they are not to be used.
    pub(crate) fn see(&self, subject: &Subject, bytes: Option<BytesMut>) -> Seen {
        let Some(bytes) = bytes else { return Seen::Absent };
        match subject.form.open(&self.seal, &subject.entry, bytes) {
            Err(refusal) => Seen::Refused(refusal),
            Ok(entry) if entry.header.fingerprint != subject.fingerprint => {
                Seen::Refused(Refusal::OtherSource)
            }
            Ok(_)
                if self.undelivered.holds_any(&subject.tag_ids)
                    || self.undelivered.holds(&subject.entry) =>
            {
                Seen::Refused(Refusal::Undelivered)
            }
            Ok(entry) => Seen::Entry(Arc::new(entry)),
        }
    }

    /// Creates and reads the generations of tags found while loading.
    pub(crate) fn establish(&self, tags: &[TagId], life: Duration) -> Vec<Option<Stamp>> {
        read_stamps(tags, self.call(Request::Establish { tags, life }))
    }

    /// As [`Engine::establish`], in a task.
    #[cfg(feature = "tokio")]
    pub(crate) async fn establish_in_task(
        &self,
        tags: &[TagId],
        life: Duration,
    ) -> Vec<Option<Stamp>> {
        read_stamps(tags, self.store.call_in_task(Request::Establish { tags, life }).await)
    }

    pub(crate) fn call(&self, request: Request<'_>) -> Result<Reply, Error> {
        self.store.call(request)
    }

    pub(crate) fn call_many(&self, requests: &[Request<'_>]) -> Vec<Result<Reply, Error>> {
        self.store.call_many(requests)
    }

    fn fetched(&self, subject: &Subject, reply: Reply) -> Answer {
        let fetched = match reply {
            Reply::Fetched(fetched) => fetched,
            // As where the collection is an entry: whoever decodes it says what it is.
            Reply::Held(kind) => {
                let seen = Seen::Entry(Arc::new(Entry::of_collection(kind)));
                return Answer::Fetched { seen, readings: Vec::new() };
            }
            _ => return Answer::Unavailable,
        };
        let readings = fetched.generations;
        Answer::Fetched { seen: self.see(subject, fetched.entry), readings }
    }

    fn acquired(&self, subject: &Subject, reply: Reply) -> Answer {
        match reply {
            Reply::Acquired(Acquired::Held { token, digest }) => Answer::Held { token, digest },
            Reply::Acquired(Acquired::Taken { entry }) => {
                Answer::Taken { seen: self.see(subject, entry) }
            }
            _ => Answer::Unavailable,
        }
    }

    /// Seals what was loaded; when the store may forget it.
    fn seal_into(
        &self,
        sealed: &mut Vec<u8>,
        plan: &Read,
        stamps: &[Stamp],
        loaded: &Loaded,
    ) -> Result<u64, Error> {
        let subject = plan.subject();
        let schedule = subject.terms.policy.schedule(loaded.began_unix_ms, random::unit()?);
        let added = loaded.added.iter();
        let header = Header {
            codec: loaded.codec,
            fingerprint: subject.fingerprint,
            created_unix_ms: loaded.began_unix_ms,
            soft_unix_ms: schedule.soft_unix_ms,
            hard_unix_ms: schedule.hard_unix_ms,
            cost_us: loaded.cost_us,
            stamps: stamps.iter().copied().chain(added.clone().map(|added| added.stamp)).collect(),
            added: added.map(|added| added.tag.clone()).collect(),
        };
        *sealed = subject.form.close(&self.seal, &subject.entry, &header, &loaded.payload)?;
        Ok(schedule.drop_unix_ms)
    }
}

fn read_stamps(tags: &[TagId], reply: Result<Reply, Error>) -> Vec<Option<Stamp>> {
    match reply {
        Ok(Reply::Generations(readings)) => stamps(&readings),
        _ => vec![None; tags.len()],
    }
}

fn count_put(counters: &Counters, put: Put) {
    match put {
        Put::Changed | Put::Stored => {}
        Put::Fenced => counters.fenced(),
        Put::Full => counters.full(),
    }
}

/// A store that answers what was not asked.
pub(crate) fn unexpected(reply: &Reply) -> Error {
    Error::corrupt(format!("wanted the store's answer to the request, found: {reply:?}"))
}
