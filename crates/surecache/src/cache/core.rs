//! What all doors of one cache share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::clearing::Clearing;
use super::config::Config;
use super::location;
use super::report::Reporter;
use crate::base::Error;
use crate::base::fork::Kept;
use crate::base::sync::Arc;
use crate::entry::{Refusal, Seal};
use crate::flow::engine::Engine;
use crate::key::{EntryKey, Namespace, Scope, Tag};
use crate::lock::{LockCall, Locks, Places, Taking, Term};
use crate::observe::{Counters, Event, Observer, Outcome, Statistics};
use crate::store::{Address, Endpoint, Line, Reply, Request, Store};

/// An opened cache: the engine and the counters of its regions. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Core(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    engine: Arc<Engine>,
    locks: Arc<Locks>,
    counters: Kept<BTreeMap<String, Arc<Counters>>>,
    reporter: Reporter,
    late: AtomicU64,
}

impl Core {
    /// Opens the store at a location: `memory://name`, `embedded://` (a folder of the user, by
    /// namespace), `embedded:///folder`, or with the feature `redis` a server, which is reached at
    /// the first call.
    ///
    /// # Errors
    /// Misuse for a location or a setting that makes no sense, `Unavailable` where the store cannot
    /// be opened.
    pub fn open(location: &str, config: &Config) -> Result<Self, Error> {
        let seal = seal_of(config)?;
        let store = location::read(location, config)?.open(config)?;
        Self::assemble(store, seal, config)
    }

    /// Refuses what [`Core::open`] would refuse without a look at any store, and opens none.
    ///
    /// # Errors
    /// Misuse for a location or a setting that makes no sense.
    pub fn check(location: &str, config: &Config) -> Result<(), Error> {
        seal_of(config)?;
        location::read(location, config)?;
        Ok(())
    }

    /// A cache on a store of the caller's making.
    ///
    /// # Errors
    /// Misuse where the settings make no sense.
    pub fn with_store(store: Arc<dyn Store>, config: &Config) -> Result<Self, Error> {
        let seal = seal_of(config)?;
        Self::assemble(store, seal, config)
    }

    fn assemble(store: Arc<dyn Store>, seal: Seal, config: &Config) -> Result<Self, Error> {
        let namespace = Namespace::new(&config.namespace);
        let locks = Locks::new(Arc::clone(&store));
        let engine = Engine::new(namespace, store, seal, Arc::clone(&config.clock));
        let counters = Kept::new(BTreeMap::new());
        let engine = Arc::new(engine);
        Ok(Self(Arc::new(Inner {
            engine,
            locks,
            counters,
            reporter: Reporter::new(),
            late: AtomicU64::new(0),
        })))
    }

    /// Ends every answer that carries one of the tags. Returned normally, no read that starts later
    /// in any process gets an answer that was loaded before.
    ///
    /// # Errors
    /// `Unavailable` where the store did not take it. This process then reads no such entry until
    /// its reporting thread, or [`Core::deliver`], has delivered it.
    pub fn invalidate(&self, tags: &[Tag]) -> Result<(), Error> {
        let engine = self.engine();
        let ids: Vec<_> = tags.iter().map(|tag| engine.namespace.tag_id(tag)).collect();
        engine.invalidate(&ids).inspect_err(|_| self.note_late())
    }

    /// As [`Core::invalidate`], in a task.
    #[cfg(feature = "tokio")]
    pub(super) async fn invalidate_in_task(&self, tags: &[Tag]) -> Result<(), Error> {
        let engine = self.engine();
        let ids: Vec<_> = tags.iter().map(|tag| engine.namespace.tag_id(tag)).collect();
        engine.invalidate_in_task(&ids).await.inspect_err(|_| self.note_late())
    }

    /// Ends every answer that depends on the rights of one of the principals.
    ///
    /// # Errors
    /// As [`Core::invalidate`]; misuse for a public scope, which has no principal.
    pub fn revoke(&self, principals: &Scope) -> Result<(), Error> {
        self.invalidate(&rights_of(principals)?)
    }

    /// As [`Core::revoke`], in a task.
    #[cfg(feature = "tokio")]
    pub(super) async fn revoke_in_task(&self, principals: &Scope) -> Result<(), Error> {
        self.invalidate_in_task(&rights_of(principals)?).await
    }

    /// The store did not take what was to end answers: it is counted, and tried again soon.
    pub(super) fn note_late(&self) {
        self.0.late.fetch_add(1, Ordering::Relaxed);
        self.reporter().hurry(self);
    }

    /// Tries again to deliver invalidations that the store did not take.
    ///
    /// # Errors
    /// As [`Core::invalidate`].
    pub fn deliver(&self) -> Result<(), Error> {
        self.engine().deliver()
    }

    /// Makes every entry of the namespace absent, and ends every answer of its regions.
    ///
    /// # Errors
    /// `Unavailable` where the store did not take it.
    pub fn clear(&self) -> Result<(), Error> {
        let mut clearing = Clearing::begin(self);
        loop {
            let reply = self.engine().call(clearing.request());
            if let Some(cleared) = clearing.hear(reply) {
                return cleared;
            }
        }
    }

    /// Wants a place of a lock or semaphore for a term, and waits for it at most so long; `None` is
    /// for ever.
    ///
    /// # Errors
    /// `Unavailable` where the kernel has no random bytes.
    pub fn taking(
        &self,
        places: &Places,
        term: Term,
        patience: Option<Duration>,
    ) -> Result<Taking, Error> {
        self.0.locks.taking(places, term, patience)
    }

    /// Asks the store what a [`Taking`] asks, in this thread.
    ///
    /// # Errors
    /// As [`Store::call`].
    pub fn call_for_locks(&self, request: Request<'_>) -> Result<Reply, Error> {
        self.engine().store.call(request)
    }

    /// Asks whether all places of a lock or semaphore are held.
    pub fn looking(&self, places: &Places) -> LockCall {
        self.0.locks.looking(places)
    }

    /// By which policy the store drops what is not over yet for room, locks among it; `None` where
    /// it does not.
    ///
    /// # Errors
    /// `Unavailable` where the store cannot be asked.
    pub fn eviction(&self) -> Result<Option<String>, Error> {
        match self.engine().call(Request::Eviction)? {
            Reply::Eviction(policy) => Ok(policy),
            _ => Ok(None),
        }
    }

    /// The numbers of all processes of this namespace, this one included.
    ///
    /// # Errors
    /// `Unavailable` where the store cannot be asked.
    pub fn statistics(&self) -> Result<Statistics, Error> {
        self.0.reporter.report(self)?;
        let Reply::Reports(records) = self.engine().call(Request::Reports)? else {
            return Ok(self.own_statistics());
        };
        let mut sum = Statistics::default();
        for record in records {
            // A record of another version is left out.
            if let Ok(statistics) = rmp_serde::from_slice::<Statistics>(&record) {
                sum.add(&statistics);
            }
        }
        Ok(sum)
    }

    /// The numbers of this process.
    pub fn own_statistics(&self) -> Statistics {
        self.0.reporter.statistics(self)
    }

    /// The counters as they stand, those inherited over a fork included.
    pub(super) fn counted(&self) -> Statistics {
        let all: Vec<_> = self.0.counters.with(|all| all.values().cloned().collect());
        let regions = all.iter().map(|counters| (counters.name().to_owned(), counters.read()));
        let late = self.0.late.load(Ordering::Relaxed);
        Statistics { regions: regions.collect(), late }
    }

    /// Writes this process's numbers to the store, as happens by itself each second.
    ///
    /// # Errors
    /// `Unavailable` where the store did not take it.
    pub fn report(&self) -> Result<(), Error> {
        self.0.reporter.report(self)
    }

    /// True where calls are over in microseconds, so that an event loop may make them.
    pub fn is_local(&self) -> bool {
        self.engine().store.is_local()
    }

    /// The beginning of a connection to a server whose bytes the caller carries; `None` where the
    /// store has none.
    ///
    /// # Errors
    /// `Unavailable` where the server's name is none.
    pub fn line(&self, server: &Address) -> Result<Option<Box<dyn Line>>, Error> {
        self.engine().store.line(server).transpose()
    }

    /// Where the store's server is, if it has one. May block for those who know.
    ///
    /// # Errors
    /// `Unavailable` where nobody knows.
    pub fn endpoint(&self) -> Result<Option<Endpoint>, Error> {
        self.engine().store.endpoint().transpose()
    }

    /// Sees to it that this process's numbers reach the store. Costs a load where they do.
    pub fn start_reporting(&self) {
        self.reporter().start(self);
    }

    /// A connection to the store's server could not be made by the caller.
    pub fn count_failure(&self) {
        self.engine().store.count_failure();
    }

    /// True where the store's server is not asked at present, because it did not answer.
    pub fn is_given_up(&self) -> bool {
        self.engine().store.is_given_up()
    }

    /// Tells an observer of every read that is no hit, from now on.
    ///
    /// # Errors
    /// Misuse where there is one already.
    pub fn observe(&self, observer: Arc<dyn Observer>) -> Result<(), Error> {
        let set = self.engine().observer.set(observer);
        set.map_err(|_| Error::misuse("wanted one observer of a cache, found: a second"))
    }

    /// Counts the end of a read that took `took`, and tells the observer.
    pub(super) fn record(
        &self,
        counters: &Counters,
        key: &EntryKey,
        outcome: Outcome,
        refusal: Option<Refusal>,
        took: Duration,
    ) {
        counters.record(outcome, took);
        if let Some(refusal) = refusal {
            counters.refuse(refusal);
        }
        if let Some(observer) = self.engine().observer.get()
            && outcome != Outcome::Hit
        {
            let key_digest = key.digest();
            observer.observe(&Event { region: counters.name(), outcome, refusal, key_digest });
        }
    }

    pub(super) fn engine(&self) -> &Arc<Engine> {
        &self.0.engine
    }

    pub(super) fn reporter(&self) -> &Reporter {
        &self.0.reporter
    }

    /// The counters of a region, made at the first call.
    pub(super) fn counters(&self, name: &str) -> Arc<Counters> {
        self.0.counters.with(|all| {
            let counters = all.entry(name.to_owned());
            Arc::clone(counters.or_insert_with(|| Arc::new(Counters::new(name))))
        })
    }

    pub(super) fn downgrade(&self) -> WeakCore {
        WeakCore(Arc::downgrade(&self.0))
    }
}

fn seal_of(config: &Config) -> Result<Seal, Error> {
    let seal = Seal::new(&config.secrets, &config.namespace)?;
    #[cfg(feature = "compress")]
    let seal = seal.with_compression(config.compression()?);
    Ok(seal)
}

fn rights_of(principals: &Scope) -> Result<Vec<Tag>, Error> {
    let tags: Vec<_> = principals.rights().collect();
    if tags.is_empty() {
        return Err(Error::misuse("wanted a principal whose rights end, found: public"));
    }
    Ok(tags)
}

/// A cache that may be gone.
#[derive(Debug)]
pub(super) struct WeakCore(std::sync::Weak<Inner>);

impl WeakCore {
    pub(super) fn upgrade(&self) -> Option<Core> {
        self.0.upgrade().map(Core)
    }
}
