//! A value that is moved from one key to another, and keeps its expiry.
//!
//! It is copied where the other key still has what was there, and deleted where the first still has
//! what was copied; where either has changed, which is somebody's progress, all begins anew. So
//! nothing that anybody stores meanwhile, under either key, is lost. In between the value stands
//! under both keys.

use bytes::BytesMut;

use super::Plain;
use super::call::{PlainEdit, Sealed, hard};
use crate::base::Error;
use crate::base::mutant::{self, Mutant};
use crate::entry::{Codec, Entry};
use crate::flow::change::{is_past, kind_of};
use crate::flow::engine::unexpected;
use crate::key::EntryKey;
use crate::store::{Acted, Condition, Mark, Native, Put, Reply, Request};

/// Over already: what is put with it is not there.
const OVER_UNIX_MS: u64 = 1;

/// The way of one value, from the first of two keys to the second.
#[derive(Debug)]
pub(super) struct Moving {
    step: Step,
    /// It has been copied at least once.
    is_copied: bool,
}

#[derive(Debug)]
enum Step {
    /// Reads both keys.
    Look,
    /// Asks whether it is a collection that was not found.
    Ask,
    /// Asks the server how long a foreign value lives, which is copied where the other key has
    /// `there`.
    Left {
        value: BytesMut,
        there: Option<Mark>,
    },
    Copy {
        value: Mark,
        sealed: Sealed,
        condition: Condition,
    },
    Drop {
        void: Sealed,
        condition: Condition,
    },
}

impl Plain {
    /// Moves a value, keeping its expiry. A collection is not moved.
    ///
    /// [`PlainEdit::Missing`] where there is none; [`PlainEdit::Full`] where there is no room for
    /// it under the other key, and it is still there under the first. Of two who move one value at
    /// once both may be told that it is done.
    ///
    /// # Errors
    /// `Unavailable` where the store did not take it: the value may then stand under both keys.
    pub fn rename(&self, key: &[u8], other: &[u8]) -> Result<PlainEdit, Error> {
        self.run(self.renaming(key, other))?.edit()
    }
}

impl Moving {
    pub(super) fn new() -> Self {
        Self { step: Step::Look, is_copied: false }
    }

    pub(super) fn request<'a>(&'a self, entries: &'a [EntryKey]) -> Result<Request<'a>, Error> {
        let [from, to] = entries else {
            return Err(Error::misuse(format!("wanted two keys, found: {}", entries.len())));
        };
        Ok(match &self.step {
            Step::Look => Request::FetchMany { entries, tags: &[] },
            Step::Ask => Request::Fetch { entry: from, tags: &[] },
            Step::Left { .. } => Request::Native { entry: from, act: Native::Left },
            Step::Copy { sealed, condition, .. } => sealed.put(to, *condition),
            Step::Drop { void, condition } => void.put(from, *condition),
        })
    }

    /// The other key has a collection, which goes as a value would. False where it is the first.
    pub(super) fn meets_collection(&mut self) -> bool {
        let Step::Copy { condition, .. } = &mut self.step else { return false };
        *condition = Condition::Always;
        true
    }

    /// Takes a reply; gives what became of it, where this is the end.
    pub(super) fn hear(
        &mut self,
        plain: &Plain,
        entries: &[EntryKey],
        reply: Reply,
    ) -> Result<Option<PlainEdit>, Error> {
        let step = std::mem::replace(&mut self.step, Step::Look);
        match (step, reply) {
            (Step::Look, Reply::FetchedMany { entries: mut found, .. }) => {
                let there = found.pop().flatten().as_deref().map(Mark::of);
                self.found(plain, entries, found.pop().flatten(), there)
            }
            (Step::Ask, Reply::Fetched(_)) => Ok(Some(PlainEdit::Missing)),
            (Step::Left { value, there }, Reply::Native(Acted::Left(left))) => {
                let hard_unix_ms = hard(plain.core.engine().clock.unix_ms(), left);
                let mark = Mark::of(&value);
                // Under another key its bytes mean the same.
                let sealed = Sealed { bytes: value.to_vec(), hard_unix_ms };
                self.copy(mark, sealed, there);
                Ok(None)
            }
            // Gone between two questions.
            (Step::Left { .. }, Reply::Native(_)) => Ok(None),
            (Step::Copy { value, .. }, Reply::Put(Put::Stored)) => {
                self.is_copied = true;
                let void = plain.seal(&entries[0], Codec::Integer, b"0", OVER_UNIX_MS)?;
                let is_unchecked = mutant::is(Mutant::MovedUnchecked);
                let unchanged = Condition::Unchanged(Some(value));
                let condition = if is_unchecked { Condition::Always } else { unchanged };
                self.step = Step::Drop { void, condition };
                Ok(None)
            }
            (Step::Drop { .. }, Reply::Put(Put::Stored)) => Ok(Some(PlainEdit::Done(None))),
            (Step::Copy { .. } | Step::Drop { .. }, Reply::Put(Put::Full)) => {
                plain.counters.full();
                Ok(Some(PlainEdit::Full))
            }
            // Changed, told with or without what stands there now: once more.
            (Step::Copy { .. } | Step::Drop { .. }, Reply::Put(_) | Reply::Fetched(_)) => Ok(None),
            (_, reply) => Err(unexpected(&reply)),
        }
    }

    fn found(
        &mut self,
        plain: &Plain,
        entries: &[EntryKey],
        bytes: Option<BytesMut>,
        there: Option<Mark>,
    ) -> Result<Option<PlainEdit>, Error> {
        let opened = bytes.and_then(|bytes| self.open(plain, &entries[0], bytes));
        let Some((entry, bytes)) = opened else {
            if self.is_copied {
                // Who deleted or moved it since has done the rest.
                return Ok(Some(PlainEdit::Done(None)));
            }
            self.step = Step::Ask;
            return Ok(None);
        };
        if let Some(kind) = kind_of(&entry) {
            return Err(Error::wrong_kind("a plain value", kind));
        }
        if entries[0] == entries[1] {
            return Ok(Some(PlainEdit::Done(None)));
        }
        if entry.header.codec == Codec::Foreign {
            self.step = Step::Left { value: bytes, there };
            return Ok(None);
        }
        let header = &entry.header;
        let sealed = plain.seal(&entries[1], header.codec, &entry.payload, header.hard_unix_ms)?;
        self.copy(Mark::of(&bytes), sealed, there);
        Ok(None)
    }

    fn open(&self, plain: &Plain, key: &EntryKey, bytes: BytesMut) -> Option<(Entry, BytesMut)> {
        let engine = plain.core.engine();
        match plain.form.open(&engine.seal, key, bytes.clone()) {
            Ok(entry) if is_past(entry.header.hard_unix_ms, engine.clock.unix_ms()) => None,
            Ok(entry) => Some((entry, bytes)),
            Err(refusal) => {
                plain.counters.refuse(refusal);
                None
            }
        }
    }

    fn copy(&mut self, value: Mark, sealed: Sealed, there: Option<Mark>) {
        self.step = Step::Copy { value, sealed, condition: Condition::Unchanged(there) };
    }
}
