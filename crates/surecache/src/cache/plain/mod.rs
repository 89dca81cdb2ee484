//! Plain keys: what a drop-in cache is made of. No generations: a get is one request.
//!
//! What a call asks of the store, and what the replies lead to, is in [`call`]; this door runs
//! calls in the calling thread.

mod call;
mod collect;
mod exchange;
mod found;
mod guess;
mod moving;
mod walk;

use std::time::Duration;

pub use call::{PlainCall, PlainDone, PlainEdit};
pub use exchange::PlainStanding;
pub use found::PlainFound;
pub use walk::PlainCursor;

use guess::Recent;

use super::core::Core;
use super::reading::{Loader, Question};
use crate::base::Error;
use crate::base::sync::Arc;
use crate::entry::{Codec, Fingerprint, Form, PlainValue};
use crate::flow::step::{Admission, Subject, Terms};
use crate::key::{EntryKey, Scope, TagList};
use crate::observe::{Counters, Outcome, Statistics};
use crate::policy::Policy;

/// The door of plain keys. Expiries are `Option<Duration>`: `None` is never.
#[derive(Clone, Debug)]
pub struct Plain {
    core: Core,
    counters: Arc<Counters>,
    form: Form,
    recent: Arc<Recent>,
}

impl Plain {
    /// The door of a cache.
    pub fn new(core: &Core) -> Self {
        let (counters, recent) = (core.counters(Statistics::PLAIN), Arc::new(Recent::new()));
        Self { core: core.clone(), counters, form: Form::default(), recent }
    }

    /// With another form than [`Form::Sealed`]: for a store that other programs write to.
    #[must_use]
    pub fn with_form(self, form: Form) -> Self {
        Self { form, ..self }
    }

    /// The value under a key, decoded; `None` where there is none that is believed, not expired
    /// and can be decoded (`decode` says `None`).
    ///
    /// # Errors
    /// `Unavailable` where the store cannot be asked.
    pub fn get<T>(
        &self,
        key: &[u8],
        decode: impl FnOnce(&PlainValue) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        Ok(self.open(&self.fetch(key)?, decode))
    }

    /// What stands under keys, in their order, each for [`Plain::open`]; one request.
    ///
    /// # Errors
    /// As [`Plain::get`].
    pub fn fetch_many(&self, entries: Vec<EntryKey>) -> Result<Vec<PlainFound>, Error> {
        match self.run(self.getting_many(entries))? {
            PlainDone::FoundMany(found) => Ok(found),
            other => Err(other.unexpected()),
        }
    }

    /// Stores a value, whatever was there, and voids a load of the key that is running. False
    /// where there is no room: then there is no value, neither the new one nor the old.
    ///
    /// # Errors
    /// `Unavailable` where the store did not take it.
    pub fn set(
        &self,
        key: &[u8],
        codec: Codec,
        payload: &[u8],
        ttl: Option<Duration>,
    ) -> Result<bool, Error> {
        match self.run(self.setting(key, codec, payload, ttl)?)? {
            PlainDone::Stored(is_stored) => Ok(is_stored),
            other => Err(other.unexpected()),
        }
    }

    /// Stores values as [`Plain::set`] does, in as few rounds as can be; for each whether there was
    /// room. On a server that is full, none of those that go together is stored.
    ///
    /// # Errors
    /// As [`Plain::set`], of the first that was not taken; others may have been stored.
    pub fn set_many(
        &self,
        values: &[(&[u8], Codec, Vec<u8>)],
        ttl: Option<Duration>,
    ) -> Result<Vec<bool>, Error> {
        let setting = |(key, codec, payload): &(&[u8], Codec, Vec<u8>)| {
            self.setting(key, *codec, payload, ttl)
        };
        let calls = values.iter().map(setting).collect::<Result<_, _>>()?;
        let ends = self.run_many(calls)?.into_iter();
        ends.map(|done| match done {
            PlainDone::Stored(is_stored) => Ok(is_stored),
            other => Err(other.unexpected()),
        })
        .collect()
    }

    /// Stores a value where there is none.
    ///
    /// # Errors
    /// As [`Plain::set`].
    pub fn add(
        &self,
        key: &[u8],
        codec: Codec,
        payload: &[u8],
        ttl: Option<Duration>,
    ) -> Result<PlainEdit, Error> {
        self.run(self.adding(key, codec, payload, ttl))?.edit()
    }

    /// Stores a value where there is one.
    ///
    /// # Errors
    /// As [`Plain::set`].
    pub fn replace(
        &self,
        key: &[u8],
        codec: Codec,
        payload: &[u8],
        ttl: Option<Duration>,
    ) -> Result<PlainEdit, Error> {
        self.run(self.replacing(key, codec, payload, ttl))?.edit()
    }

    /// Adds to a number, keeping its expiry; where there is none, to `start`, without an expiry.
    ///
    /// # Errors
    /// As [`Plain::set`].
    pub fn count(&self, key: &[u8], delta: i64, start: Option<i64>) -> Result<PlainEdit, Error> {
        self.run(self.counting(key, delta, start))?.edit()
    }

    /// Gives a value another expiry.
    ///
    /// # Errors
    /// As [`Plain::set`].
    pub fn touch(&self, key: &[u8], ttl: Option<Duration>) -> Result<PlainEdit, Error> {
        self.run(self.touching(key, ttl))?.edit()
    }

    /// Deletes values, and voids loads of their keys that are running; how many there were.
    ///
    /// # Errors
    /// As [`Plain::set`].
    pub fn delete(&self, keys: &[Vec<u8>]) -> Result<usize, Error> {
        match self.run(self.deleting(keys))? {
            PlainDone::Deleted(count) => Ok(count),
            other => Err(other.unexpected()),
        }
    }

    /// The expiry of the value under a key; `None` where there is no value.
    ///
    /// # Errors
    /// As [`Plain::get`].
    pub fn expiry(&self, key: &[u8]) -> Result<Option<Option<Duration>>, Error> {
        match self.run(self.looking(key))? {
            PlainDone::Expiry(expiry) => Ok(expiry),
            other => Err(other.unexpected()),
        }
    }

    /// Reads, and loads where there is nothing: one load for all who ask at once. A `delete` or
    /// `set` of the key that overlaps the load wins over it.
    ///
    /// # Errors
    /// What the loader aborted with; `Err(Err(_))` is the cache's own.
    pub fn get_or_set<L: Loader>(
        &self,
        key: &[u8],
        ttl: Option<Duration>,
        loader: &mut L,
    ) -> Result<(Outcome, super::Finish), Result<L::Abort, Error>> {
        self.loading(key, ttl).get_or_load(&self.core, Admission::Full, None, loader)
    }

    /// The question that [`Plain::get_or_set`] asks, for other drivers.
    pub fn loading(&self, key: &[u8], ttl: Option<Duration>) -> Question {
        let mut policy = Policy::without_expiry();
        policy.ttl = ttl;
        policy.jitter = 0.0;
        policy.soft_share = 1.0;
        policy.beta = 0.0;
        self.question(key, policy)
    }

    /// What stands under a key, and what a reader would make of it.
    ///
    /// # Errors
    /// As [`Plain::get`].
    pub fn explain(&self, key: &[u8]) -> Result<super::Explanation, Error> {
        self.question(key, Policy::without_expiry()).explain(&self.core)
    }

    fn question(&self, key: &[u8], policy: Policy) -> Question {
        let terms = Terms {
            namespace: Arc::clone(&self.core.engine().namespace),
            counters: Arc::clone(&self.counters),
            policy,
            life: Duration::ZERO,
        };
        let subject = Subject {
            entry: EntryKey::plain(key),
            form: self.form,
            fingerprint: Fingerprint::default(),
            tags: TagList::Listed(Vec::new()),
            tag_ids: Vec::new(),
            terms: Arc::new(terms),
        };
        Question {
            subject: Arc::new(subject),
            scope: Scope::public("a plain key says itself what it is for"),
        }
    }

    /// Runs calls to their ends, all at once.
    fn run_many(&self, mut calls: Vec<PlainCall>) -> Result<Vec<PlainDone>, Error> {
        self.core.reporter().start(&self.core);
        let mut ends: Vec<_> = calls.iter().map(|_| None).collect();
        loop {
            let open: Vec<_> = (0..ends.len()).filter(|at| ends[*at].is_none()).collect();
            if open.is_empty() {
                return ends.into_iter().flatten().collect();
            }
            let requests = open.iter().map(|at| calls[*at].request());
            let requests = requests.collect::<Result<Vec<_>, _>>()?;
            let replies = self.core.engine().call_many(&requests);
            for (at, reply) in open.into_iter().zip(replies) {
                ends[at] = calls[at].hear(reply);
            }
        }
    }

    /// Runs a call to its end.
    fn run(&self, mut call: PlainCall) -> Result<PlainDone, Error> {
        self.core.reporter().start(&self.core);
        loop {
            let reply = call.request().and_then(|request| self.core.engine().call(request));
            if let Some(done) = call.hear(reply) {
                return done;
            }
        }
    }
}
