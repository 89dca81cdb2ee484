//! Collections where no server keeps them: each the payload of an entry.

use std::collections::BTreeSet;

use super::super::{EntryKey, Plain};
use crate::base::mutant::{self, Mutant};
use crate::base::{Error, random};
use crate::entry::{
    Answer, Codec, Collection, Combination, Command, Kind, NEVER, Operation, Refusal, combine,
};
use crate::flow::change::is_past;
use crate::flow::engine::unexpected;
use crate::store::{Condition, Mark, Put, Reply, Request};

type Members = BTreeSet<Vec<u8>>;

/// A collection as it was read.
struct Read {
    collection: Option<Collection>,
    hard_unix_ms: u64,
    /// To put only where it still is what was read.
    unchanged: Condition,
}

impl Plain {
    /// As [`Plain::collect`], on a store whose collections are entries.
    pub(super) fn collect_here(
        &self,
        keys: &[Vec<u8>],
        command: &Command,
    ) -> Result<Answer, Error> {
        let entries: Vec<_> = keys.iter().map(|key| EntryKey::plain(key)).collect();
        match (&command.operation, &entries[..]) {
            (Operation::SetCombine(how), sets) => {
                Ok(Answer::Members(self.combined(*how, sets)?.into_iter().collect()))
            }
            (Operation::SetCombineInto(how), [destination, sets @ ..]) => {
                let made = self.combined(*how, sets)?;
                let count = made.len() as u64;
                self.overwrite(destination, Collection::Set(made))?;
                Ok(Answer::Count(count))
            }
            (Operation::SetMove, [source, destination]) => {
                self.move_member(source, destination, command)
            }
            (_, [entry]) => self.change(entry, command),
            // Their number was checked.
            _ => Err(Error::misuse("wanted keys as the operation takes them, found: others")),
        }
    }

    /// Reads, changes, puts where the entry still is what was read; again where it is not.
    fn change(&self, entry: &EntryKey, command: &Command) -> Result<Answer, Error> {
        let kind = command.operation.kind();
        let seed = u64::from_le_bytes(random::bytes()?);
        loop {
            let read = self.read_collection(entry, kind)?;
            let mut collection = read.collection.unwrap_or_else(|| Collection::empty(kind));
            let Some((answer, is_changed)) = collection.apply(command, seed) else {
                return Err(Error::misuse("wanted a command on one collection, found: another"));
            };
            if !is_changed {
                return Ok(answer);
            }
            if self.put_collection(entry, &collection, read.hard_unix_ms, read.unchanged)? {
                return Ok(answer);
            }
        }
    }

    /// The member is in both sets for a moment, and in one of them at any time.
    fn move_member(
        &self,
        source: &EntryKey,
        destination: &EntryKey,
        command: &Command,
    ) -> Result<Answer, Error> {
        let ask = |operation| Command { operation, members: command.members.clone() };
        if self.read_collection(source, Kind::Set)?.collection.is_none() {
            return Ok(Answer::Flags(vec![false]));
        }
        self.read_collection(destination, Kind::Set)?;
        let is_there = self.change(source, &ask(Operation::SetContains))?;
        if is_there != Answer::Flags(vec![true]) || source == destination {
            return Ok(is_there);
        }
        self.change(destination, &ask(Operation::SetAdd))?;
        let removed = self.change(source, &ask(Operation::SetRemove))?;
        Ok(Answer::Flags(vec![removed == Answer::Count(1)]))
    }

    fn combined(&self, how: Combination, sets: &[EntryKey]) -> Result<Members, Error> {
        let read = sets.iter().map(|entry| {
            Ok(match self.read_collection(entry, Kind::Set)?.collection {
                Some(Collection::Set(members)) => members,
                _ => Members::new(),
            })
        });
        Ok(combine(how, read.collect::<Result<_, Error>>()?))
    }

    /// Stores a collection whatever was there, without an end; an empty one deletes.
    fn overwrite(&self, entry: &EntryKey, collection: Collection) -> Result<(), Error> {
        if collection.is_empty() {
            let entries = std::slice::from_ref(entry);
            return match self.core.engine().call(Request::Delete { entries })? {
                Reply::Deleted(_) => Ok(()),
                other => Err(unexpected(&other)),
            };
        }
        self.put_collection(entry, &collection, NEVER, Condition::Always).map(drop)
    }

    fn read_collection(&self, entry: &EntryKey, wanted: Kind) -> Result<Read, Error> {
        let engine = self.core.engine();
        let fetched = match engine.call(Request::Fetch { entry, tags: &[] })? {
            Reply::Fetched(fetched) => fetched.entry,
            other => return Err(unexpected(&other)),
        };
        let unchanged = match mutant::is(Mutant::CollectionOverwritten) {
            true => Condition::Always,
            false => Condition::Unchanged(fetched.as_deref().map(Mark::of)),
        };
        let absent = Read { collection: None, hard_unix_ms: NEVER, unchanged };
        let Some(bytes) = fetched else { return Ok(absent) };
        let found = match engine.seal.open(entry, bytes) {
            Ok(found) if is_past(found.header.hard_unix_ms, engine.clock.unix_ms()) => {
                return Ok(absent);
            }
            Ok(found) => found,
            Err(refusal) => {
                self.counters.refuse(refusal);
                return Ok(absent);
            }
        };
        if found.header.codec != Codec::Collection {
            return Err(Error::wrong_kind(wanted, "a plain value"));
        }
        match Collection::from_bytes(&found.payload) {
            None => {
                self.counters.refuse(Refusal::Undecodable);
                Ok(absent)
            }
            Some(found) if found.kind() != wanted => Err(Error::wrong_kind(wanted, found.kind())),
            Some(collection) => {
                let hard_unix_ms = found.header.hard_unix_ms;
                Ok(Read { collection: Some(collection), hard_unix_ms, unchanged })
            }
        }
    }

    /// True where it was put; false where the entry is no longer what was read.
    fn put_collection(
        &self,
        entry: &EntryKey,
        collection: &Collection,
        hard_unix_ms: u64,
        condition: Condition,
    ) -> Result<bool, Error> {
        // One without members is over already.
        let hard_unix_ms = if collection.is_empty() { OVER } else { hard_unix_ms };
        let payload = collection.to_bytes().ok_or_else(|| {
            Error::misuse("wanted members of fewer than 4 GiB, found: a larger one")
        })?;
        let sealed = self.seal(entry, Codec::Collection, &payload, hard_unix_ms)?;
        match self.core.engine().call(sealed.put(entry, condition))? {
            Reply::Put(Put::Stored) => Ok(true),
            Reply::Put(Put::Changed | Put::Fenced) => Ok(false),
            Reply::Put(Put::Full) => {
                self.counters.full();
                Err(Error::unavailable("there is no room for the collection, which is as it was"))
            }
            other => Err(unexpected(&other)),
        }
    }
}

/// An expiry that has come.
const OVER: u64 = 1;
