//! Values that are brought from one form into another.

use std::time::Duration;

use bytes::BytesMut;

use super::Plain;
use super::call::hard;
use crate::base::Error;
use crate::entry::{Codec, PlainValue};
use crate::flow::change::is_past;
use crate::flow::engine::unexpected;
use crate::key::EntryKey;
use crate::store::{Acted, Native, Reply, Request};

/// A value as it stands, and how long it lives.
#[derive(Clone, Debug)]
pub struct PlainStanding {
    /// The value.
    pub value: PlainValue,
    /// The bytes of its entry.
    bytes: BytesMut,
    left: Option<Duration>,
}

impl Plain {
    /// What stands under a key; `None` where it is nothing that is believed.
    ///
    /// # Errors
    /// As [`Plain::get`]. Misuse for a store that no other program writes to.
    pub fn standing(&self, key: &[u8]) -> Result<Option<PlainStanding>, Error> {
        let (entry, engine) = (EntryKey::plain(key), self.core.engine());
        // Asked as one of many: what is no text at all, but a list, say, is answered as absent.
        let entries = std::slice::from_ref(&entry);
        let reply = engine.call(Request::FetchMany { entries, tags: &[] })?;
        let Reply::FetchedMany { mut entries, .. } = reply else { return Err(unexpected(&reply)) };
        let Some(bytes) = entries.pop().flatten() else { return Ok(None) };
        let Ok(opened) = self.form.open(&engine.seal, &entry, bytes.clone()) else {
            return Ok(None);
        };
        // Read after the bytes: a value that took their place is noticed when they are exchanged.
        let left = match engine.call(Request::Native { entry: &entry, act: Native::Left })? {
            Reply::Native(Acted::Left(left)) => left,
            Reply::Native(_) => return Ok(None),
            reply => return Err(unexpected(&reply)),
        };
        if is_past(opened.header.hard_unix_ms, engine.clock.unix_ms()) {
            return Ok(None);
        }
        Ok(Some(PlainStanding { value: opened.into(), bytes, left }))
    }

    /// Whether a server keeps a collection under a key.
    ///
    /// # Errors
    /// `Unavailable` where the store cannot be asked.
    pub fn is_collection(&self, key: &[u8]) -> Result<bool, Error> {
        let request = Request::Fetch { entry: &EntryKey::plain(key), tags: &[] };
        Ok(matches!(self.core.engine().call(request)?, Reply::Held(_)))
    }

    /// Puts the same value in another form in the place of what stands there, and keeps its expiry.
    /// False where it has changed: it is to be looked at again.
    ///
    /// # Errors
    /// `Unavailable` where the store did not take it.
    pub fn exchange(
        &self,
        key: &[u8],
        standing: &PlainStanding,
        codec: Codec,
        payload: &[u8],
    ) -> Result<bool, Error> {
        let (entry, engine) = (EntryKey::plain(key), self.core.engine());
        let hard_unix_ms = hard(engine.clock.unix_ms(), standing.left);
        let closed = self.seal(&entry, codec, payload, hard_unix_ms)?;
        let (seen, left) = (&standing.bytes[..], standing.left);
        let act = Native::Exchange { seen, bytes: &closed.bytes, left };
        match engine.call(Request::Native { entry: &entry, act })? {
            Reply::Native(Acted::Done) => Ok(true),
            Reply::Native(Acted::Changed) => Ok(false),
            Reply::Native(Acted::Full) => Err(Error::unavailable("the store has no room")),
            reply => Err(unexpected(&reply)),
        }
    }
}
