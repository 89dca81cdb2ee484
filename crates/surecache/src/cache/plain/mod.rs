//! Plain keys: what a drop-in cache is made of. No generations: a get is one request.

use std::time::Duration;

use super::core::Core;
use super::reading::{Loader, Question};
use crate::base::sync::Arc;
use crate::base::{Error, Moment};
use crate::entry::{Codec, Fingerprint, Header, NEVER, Payload, Refusal};
use crate::flow::change::{Edit, Verdict, is_past, number};
use crate::flow::engine::unexpected;
use crate::flow::step::{Admission, Seen, Subject};
use crate::key::{EntryKey, Scope, TagList};
use crate::observe::{Counters, Outcome, Statistics};
use crate::policy::Policy;
use crate::store::{Condition, Mark, Put, Reply, Request};

/// The door of plain keys. Expiries are `Option<Duration>`: `None` is never.
#[derive(Clone, Debug)]
pub struct Plain {
    core: Core,
    counters: Arc<Counters>,
}

/// A value as it is stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PlainValue {
    /// How it is encoded.
    pub codec: Codec,
    /// Its bytes.
    pub payload: Payload,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PlainEdit {
    /// Done; the number now, where it is one.
    Done(Option<i64>),
    /// There was a value already.
    Exists,
    /// There is no room.
    Full,
    /// There was no value.
    Missing,
    /// The value is no integer of 64 bits.
    NotANumber,
    /// The sum would not fit 64 bits; nothing was changed.
    Overflow,
}

impl Plain {
    /// The door of a cache.
    pub fn new(core: &Core) -> Self {
        Self { counters: core.counters(Statistics::PLAIN), core: core.clone() }
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
        self.core.reporter().start(&self.core);
        let began = self.core.engine().clock.now();
        let entry = EntryKey::plain(key);
        match self.core.engine().call(Request::Fetch { entry: &entry, tags: &[] }) {
            Ok(Reply::Fetched(fetched)) => Ok(self.judge(&entry, fetched.entry, began, decode)),
            other => Err(self.unanswered(std::slice::from_ref(&entry), other)),
        }
    }

    /// The values under keys, in their order, decoded.
    ///
    /// # Errors
    /// As [`Plain::get`].
    pub fn get_many<T>(
        &self,
        keys: &[Vec<u8>],
        mut decode: impl FnMut(&PlainValue) -> Option<T>,
    ) -> Result<Vec<Option<T>>, Error> {
        self.core.reporter().start(&self.core);
        let began = self.core.engine().clock.now();
        let entries: Vec<_> = keys.iter().map(|key| EntryKey::plain(key)).collect();
        let request = Request::FetchMany { entries: &entries, tags: &[] };
        let found = match self.core.engine().call(request) {
            Ok(Reply::FetchedMany { entries, .. }) => entries,
            other => return Err(self.unanswered(&entries, other)),
        };
        let found = entries.iter().zip(found);
        Ok(found.map(|(entry, bytes)| self.judge(entry, bytes, began, &mut decode)).collect())
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
        let now = self.core.engine().clock.unix_ms();
        let entry = EntryKey::plain(key);
        let put = self.put(&entry, codec, payload, hard(now, ttl), Condition::Always)?;
        if put == Put::Full {
            self.core.delete(std::slice::from_ref(&entry))?;
        }
        Ok(put == Put::Stored)
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
        let hard_unix_ms = hard(self.core.engine().clock.unix_ms(), ttl);
        let payload = payload.to_vec().into();
        self.edit(key, &Edit::Add { codec, payload, hard_unix_ms })
    }

    /// Adds to a number, keeping its expiry.
    ///
    /// # Errors
    /// As [`Plain::set`].
    pub fn count(&self, key: &[u8], delta: i64) -> Result<PlainEdit, Error> {
        self.edit(key, &Edit::Count { delta })
    }

    /// Gives a value another expiry.
    ///
    /// # Errors
    /// As [`Plain::set`].
    pub fn touch(&self, key: &[u8], ttl: Option<Duration>) -> Result<PlainEdit, Error> {
        let hard_unix_ms = hard(self.core.engine().clock.unix_ms(), ttl);
        self.edit(key, &Edit::Touch { hard_unix_ms })
    }

    /// Deletes values, and voids loads of their keys that are running; how many there were.
    ///
    /// # Errors
    /// As [`Plain::set`].
    pub fn delete(&self, keys: &[Vec<u8>]) -> Result<usize, Error> {
        let entries: Vec<_> = keys.iter().map(|key| EntryKey::plain(key)).collect();
        self.core.delete(&entries)
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
        let mut policy = Policy::without_expiry();
        policy.ttl = ttl;
        policy.jitter = 0.0;
        policy.soft_share = 1.0;
        policy.beta = 0.0;
        self.question(key, policy).get_or_load(&self.core, Admission::Full, None, loader)
    }

    /// The expiry of the value under a key; `None` where there is no value.
    ///
    /// # Errors
    /// As [`Plain::get`].
    pub fn expiry(&self, key: &[u8]) -> Result<Option<Option<Duration>>, Error> {
        let now = self.core.engine().clock.unix_ms();
        let (seen, _) = self.see(&EntryKey::plain(key))?;
        Ok(match seen {
            Seen::Entry(entry) if !is_past(entry.header.hard_unix_ms, now) => {
                let hard = entry.header.hard_unix_ms;
                Some((hard != NEVER).then(|| Duration::from_millis(hard - now)))
            }
            _ => None,
        })
    }

    /// What stands under a key, and what a reader would make of it.
    ///
    /// # Errors
    /// As [`Plain::get`].
    pub fn explain(&self, key: &[u8]) -> Result<super::Explanation, Error> {
        self.question(key, Policy::without_expiry()).explain(&self.core)
    }

    fn question(&self, key: &[u8], policy: Policy) -> Question {
        let namespace = Arc::clone(&self.core.engine().namespace);
        let subject = Subject {
            namespace,
            entry: EntryKey::plain(key),
            fingerprint: Fingerprint::default(),
            tags: TagList::Listed(Vec::new()),
            tag_ids: Vec::new(),
            policy: Arc::new(policy),
            life: Duration::ZERO,
        };
        Question {
            subject: Arc::new(subject),
            scope: Scope::public("a plain key says itself what it is for"),
            counters: Arc::clone(&self.counters),
        }
    }

    fn judge<T>(
        &self,
        entry: &EntryKey,
        bytes: Option<Vec<u8>>,
        began: Moment,
        decode: impl FnOnce(&PlainValue) -> Option<T>,
    ) -> Option<T> {
        let engine = self.core.engine();
        let opened = bytes.map(|bytes| engine.seal.open(entry, bytes));
        let refusal = match opened {
            None => None,
            Some(Ok(entry)) if !is_past(entry.header.hard_unix_ms, began.unix_ms) => {
                let value = PlainValue { codec: entry.header.codec, payload: entry.payload };
                if let Some(value) = decode(&value) {
                    let took = engine.clock.uptime().saturating_sub(began.uptime);
                    self.counters.record(Outcome::Hit, took);
                    return Some(value);
                }
                Some(Refusal::Undecodable)
            }
            Some(Ok(_)) => Some(Refusal::Expired),
            Some(Err(refusal)) => Some(refusal),
        };
        self.core.record(&self.counters, entry, Outcome::Missed, refusal, Duration::ZERO);
        None
    }

    /// Counts reads that the store did not answer.
    fn unanswered(&self, entries: &[EntryKey], reply: Result<Reply, Error>) -> Error {
        for entry in entries {
            let outcome = Outcome::Unavailable;
            self.core.record(&self.counters, entry, outcome, None, Duration::ZERO);
        }
        reply.map_or_else(|error| error, |reply| unexpected(&reply))
    }

    fn see(&self, entry: &EntryKey) -> Result<(Seen, Option<Mark>), Error> {
        let engine = self.core.engine();
        let reply = engine.call(Request::Fetch { entry, tags: &[] })?;
        let Reply::Fetched(fetched) = reply else { return Err(unexpected(&reply)) };
        let mark = fetched.entry.as_deref().map(Mark::of);
        let seen = match fetched.entry.map(|bytes| engine.seal.open(entry, bytes)) {
            None => Seen::Absent,
            Some(Ok(entry)) => Seen::Entry(Arc::new(entry)),
            Some(Err(refusal)) => Seen::Refused(refusal),
        };
        Ok((seen, mark))
    }

    fn edit(&self, key: &[u8], edit: &Edit) -> Result<PlainEdit, Error> {
        let entry = EntryKey::plain(key);
        loop {
            let (seen, mark) = self.see(&entry)?;
            if let Seen::Refused(refusal) = seen {
                self.counters.refuse(refusal);
            }
            let verdict = edit.decide(&seen, self.core.engine().clock.unix_ms());
            let (codec, payload, hard_unix_ms) = match verdict {
                Verdict::Exists => return Ok(PlainEdit::Exists),
                Verdict::Missing => return Ok(PlainEdit::Missing),
                Verdict::NotANumber => return Ok(PlainEdit::NotANumber),
                Verdict::Overflow => return Ok(PlainEdit::Overflow),
                Verdict::Put { codec, payload, hard_unix_ms } => (codec, payload, hard_unix_ms),
            };
            let condition = Condition::Unchanged(mark);
            match self.put(&entry, codec, &payload, hard_unix_ms, condition)? {
                Put::Stored => return Ok(PlainEdit::Done(number(codec, &payload))),
                Put::Full => return Ok(PlainEdit::Full),
                // Somebody else changed it, which is progress: once more.
                Put::Changed | Put::Fenced => {}
            }
        }
    }

    fn put(
        &self,
        entry: &EntryKey,
        codec: Codec,
        payload: &[u8],
        hard_unix_ms: u64,
        condition: Condition,
    ) -> Result<Put, Error> {
        let engine = self.core.engine();
        let header = Header {
            codec,
            fingerprint: Fingerprint::default(),
            created_unix_ms: engine.clock.unix_ms(),
            soft_unix_ms: hard_unix_ms,
            hard_unix_ms,
            cost_us: 0,
            stamps: Vec::new(),
            added: Vec::new(),
        };
        let bytes = engine.seal.seal(entry, &header, payload)?;
        let expires_unix_ms = hard_unix_ms;
        let request = Request::Put { entry, bytes: &bytes, expires_unix_ms, condition };
        match engine.call(request)? {
            Reply::Put(put) => {
                if put == Put::Full {
                    self.counters.full();
                }
                Ok(put)
            }
            other => Err(unexpected(&other)),
        }
    }
}

fn hard(now_unix_ms: u64, ttl: Option<Duration>) -> u64 {
    ttl.map_or(NEVER, |ttl| {
        let ttl = u64::try_from(ttl.as_millis()).unwrap_or(NEVER);
        now_unix_ms.saturating_add(ttl).min(NEVER - 1)
    })
}
