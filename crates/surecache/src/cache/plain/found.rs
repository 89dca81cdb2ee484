//! Values that are read: near, or from the store; opened, then decoded.

use std::ops::ControlFlow;
use std::slice;
use std::time::Duration;

use bytes::BytesMut;

use super::call::State;
use super::{Plain, PlainCall};
use crate::base::{Error, Moment};
use crate::entry::{Form, PlainValue, Refusal};
use crate::flow::change::is_past;
use crate::flow::engine::unexpected;
use crate::key::EntryKey;
use crate::observe::Outcome;
use crate::store::{Reply, Request};

/// What was found under a key: its seal is open, its value not decoded yet.
#[derive(Debug)]
pub struct PlainFound {
    entry: EntryKey,
    opened: Option<Result<PlainValue, Refusal>>,
    began_unix_ms: u64,
    took: Duration,
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
        // What is foreign has no seal, and says nothing of its expiry.
        let is_sealed = self.form == Form::Sealed;
        let revision = is_sealed.then(|| engine.store.revision(&entry, began)).flatten();
        let Some(revision) = revision else { return self.fetch_from_store(entry, began) };
        if let Some(near) = engine.near.get(&entry, &revision)
            && !is_past(near.hard_unix_ms, began.unix_ms)
        {
            let (began_unix_ms, took) = (began.unix_ms, self.took(began));
            return Ok(PlainFound { entry, opened: Some(Ok(near)), began_unix_ms, took });
        }
        let found = self.fetch_from_store(entry, began)?;
        if let Some(Ok(opened)) = &found.opened {
            engine.near.keep(&found.entry, &revision, opened);
        }
        Ok(found)
    }

    fn fetch_from_store(&self, entry: EntryKey, began: Moment) -> Result<PlainFound, Error> {
        let reply = self.core.engine().call(Request::Fetch { entry: &entry, tags: &[] });
        self.got(entry, reply, began)
    }

    /// How a `get` ends that began then.
    pub(super) fn got(
        &self,
        entry: EntryKey,
        reply: Result<Reply, Error>,
        began: Moment,
    ) -> Result<PlainFound, Error> {
        let error = match reply {
            Ok(Reply::Fetched(fetched)) => {
                return Ok(self.found(entry, fetched.entry, began, self.took(began)));
            }
            Ok(Reply::Held(kind)) => {
                self.record(&entry, Outcome::Missed, Some(Refusal::Undecodable));
                return Err(Error::wrong_kind("a plain value", kind));
            }
            Ok(other) => unexpected(&other),
            Err(error) => error,
        };
        self.record(&entry, Outcome::Unavailable, None);
        Err(error)
    }

    /// Counts the end of a read that is no hit.
    pub(super) fn record(&self, entry: &EntryKey, outcome: Outcome, refusal: Option<Refusal>) {
        self.core.record(&self.counters, entry, outcome, refusal, Duration::ZERO);
    }

    /// Decodes what was found, and counts how the read ended.
    pub fn open<T>(
        &self,
        found: &PlainFound,
        decode: impl FnOnce(&PlainValue) -> Option<T>,
    ) -> Option<T> {
        let (mut decode, mut decoded) = (Some(decode), None);
        self.open_many(slice::from_ref(found), |_, value| {
            decoded = decode.take().and_then(|decode| decode(value));
            ControlFlow::Continue(decoded.is_some())
        });
        decoded
    }

    /// As [`Plain::open`] for each, by its index; `decode` says whether it could. Where it breaks
    /// off, the rest is neither decoded nor counted.
    pub fn open_many(
        &self,
        found: &[PlainFound],
        mut decode: impl FnMut(usize, &PlainValue) -> ControlFlow<(), bool>,
    ) {
        let (mut hits, mut took) = (0, Duration::ZERO);
        for (index, found) in found.iter().enumerate() {
            let refusal = match &found.opened {
                None => None,
                Some(Ok(value)) if is_past(value.hard_unix_ms, found.began_unix_ms) => {
                    Some(Refusal::Expired)
                }
                Some(Ok(value)) => match decode(index, value) {
                    ControlFlow::Continue(true) => {
                        (hits, took) = (hits + 1, found.took);
                        continue;
                    }
                    ControlFlow::Continue(false) => Some(Refusal::Undecodable),
                    ControlFlow::Break(()) => break,
                },
                Some(Err(refusal)) => Some(*refusal),
            };
            self.record(&found.entry, Outcome::Missed, refusal);
        }
        self.counters.record_hits(hits, took);
    }

    /// What a store's answer to a read that began then is.
    pub(super) fn found(
        &self,
        entry: EntryKey,
        bytes: Option<BytesMut>,
        began: Moment,
        took: Duration,
    ) -> PlainFound {
        let seal = &self.core.engine().seal;
        let opened = bytes.map(|bytes| self.form.open(seal, &entry, bytes).map(PlainValue::from));
        PlainFound { entry, opened, began_unix_ms: began.unix_ms, took }
    }

    pub(super) fn took(&self, began: Moment) -> Duration {
        self.core.engine().clock.uptime().saturating_sub(began.uptime)
    }
}
