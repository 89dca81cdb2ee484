//! Values that are read: near, or from the store; opened, then decoded.

use std::time::Duration;

use super::call::{PlainDone, State};
use super::{Plain, PlainCall};
use crate::base::{Error, Moment};
use crate::entry::{Codec, Entry, Payload, Refusal};
use crate::flow::change::is_past;
use crate::key::EntryKey;
use crate::observe::Outcome;

/// What was found under a key: its seal is open, its value not decoded yet.
#[derive(Debug)]
pub struct PlainFound {
    entry: EntryKey,
    opened: Option<Result<Entry, Refusal>>,
    began: Moment,
    took: Duration,
}

/// A value as it is stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PlainValue {
    /// How it is encoded.
    pub codec: Codec,
    /// Its bytes.
    pub payload: Payload,
}

impl Plain {
    /// A call of `get`.
    pub fn getting(&self, key: &[u8]) -> PlainCall {
        self.call(vec![EntryKey::plain(key)], State::Get)
    }

    /// The first half of [`Plain::get`]: asks the store, where nothing is kept near that it says is
    /// still the same.
    ///
    /// # Errors
    /// As [`Plain::get`].
    pub fn fetch(&self, key: &[u8]) -> Result<PlainFound, Error> {
        self.core.reporter().start(&self.core);
        let (entry, engine) = (EntryKey::plain(key), self.core.engine());
        let began = engine.clock.now();
        let Some(revision) = engine.store.revision(&entry, began) else {
            return self.fetch_from_store(entry, began);
        };
        if let Some(near) = engine.near.get(&entry, &revision)
            && !is_past(near.header.hard_unix_ms, began.unix_ms)
        {
            return Ok(PlainFound { entry, opened: Some(Ok(near)), began, took: self.took(began) });
        }
        let mut found = self.fetch_from_store(entry, began)?;
        if let Some(Ok(opened)) = &mut found.opened {
            engine.near.keep(&found.entry, &revision, opened);
        }
        Ok(found)
    }

    fn fetch_from_store(&self, entry: EntryKey, began: Moment) -> Result<PlainFound, Error> {
        match self.run(self.call_begun(vec![entry], State::Get, began))? {
            PlainDone::Found(found) => Ok(found),
            other => Err(other.unexpected()),
        }
    }

    /// Decodes what was found, and counts how the read ended.
    pub fn open<T>(
        &self,
        found: PlainFound,
        decode: impl FnOnce(&PlainValue) -> Option<T>,
    ) -> Option<T> {
        let PlainFound { entry, opened, began, took } = found;
        let refusal = match opened {
            None => None,
            Some(Ok(entry)) if !is_past(entry.header.hard_unix_ms, began.unix_ms) => {
                let value = PlainValue { codec: entry.header.codec, payload: entry.payload };
                if let Some(value) = decode(&value) {
                    self.counters.record(Outcome::Hit, took);
                    return Some(value);
                }
                Some(Refusal::Undecodable)
            }
            Some(Ok(_)) => Some(Refusal::Expired),
            Some(Err(refusal)) => Some(refusal),
        };
        self.core.record(&self.counters, &entry, Outcome::Missed, refusal, Duration::ZERO);
        None
    }

    /// What a store's answer to a read that began then is.
    pub(super) fn found(
        &self,
        entry: EntryKey,
        bytes: Option<Vec<u8>>,
        began: Moment,
        took: Duration,
    ) -> PlainFound {
        let seal = &self.core.engine().seal;
        let opened = bytes.map(|bytes| self.form.open(seal, &entry, bytes));
        PlainFound { entry, opened, began, took }
    }

    pub(super) fn took(&self, began: Moment) -> Duration {
        self.core.engine().clock.uptime().saturating_sub(began.uptime)
    }
}
