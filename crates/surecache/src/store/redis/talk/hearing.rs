//! What the replies lead to.

use std::vec::IntoIter;

use surecache_resp::Value;

use super::super::collect::{Held, answer, kind_of};
use super::super::commands::Commands;
use super::super::names::Names;
use super::super::peer::Peer;
use super::super::replies::{
    acquired, cleared, counted, deleted, done, entry_of, error_of, established, eviction, expiry,
    fetched_many, flag, full, generations, holders, locked, next, prolonged, put, put_always,
    records, texts, values,
};
use super::native::acted;
use super::opening::scan;
use super::{Said, Talk, Topic};
use crate::base::Error;
use crate::entry::Kind;
use crate::store::{Fetched, Put, Reply};

impl Talk {
    pub(super) fn understand(
        &mut self,
        mut replies: IntoIter<Value>,
        names: &Names,
        peer: &Peer,
    ) -> Said {
        let errors = || replies.as_slice().iter().filter_map(error_of);
        if errors().any(|refused| refused.is_wrong_kind())
            && let Some(said) = self.ask_kinds()
        {
            return said;
        }
        let read = match &self.topic {
            Topic::Acquire => acquired(next(&mut replies)).map(Reply::Acquired),
            Topic::Clear(is_deletion) => return self.cleared(*is_deletion, replies, names),
            Topic::Collect { form, renames, .. } => {
                let renamed = done(replies.by_ref().take(*renames).collect::<Vec<_>>().into_iter());
                renamed.and_then(|_| answer(*form, replies)).map(Reply::Collected)
            }
            Topic::Delete => deleted(replies).map(Reply::Deleted),
            Topic::Establish { .. } => {
                return Said::Done(established(replies, peer).map(Reply::Generations));
            }
            Topic::Eviction => eviction(&next(&mut replies)).map(Reply::Eviction),
            Topic::Expire => match replies.as_slice().iter().find_map(error_of) {
                Some(refused) => Err(refused),
                None => flag(&next(&mut replies)).map(|is| Reply::Deleted(usize::from(is))),
            },
            Topic::Expiry => expiry(&next(&mut replies)).map(Reply::Expiry),
            Topic::Held { wanted } => match replies.as_slice().iter().map(kind_of).collect() {
                Ok(held) => return Said::Done(meet(*wanted, held)),
                Err(refused) => Err(refused),
            },
            Topic::Fetch { tags: 0, .. } => entry_of(next(&mut replies))
                .map(|entry| Reply::Fetched(Fetched { entry, generations: Vec::new() })),
            Topic::Fetch { .. } => values(replies).and_then(|mut values| {
                let entry = entry_of(next(&mut values))?;
                Ok(Reply::Fetched(Fetched { entry, generations: generations(values, peer) }))
            }),
            Topic::FetchMany { entries, tags } => fetched_many(replies, *entries, *tags, peer),
            Topic::Holders => holders(replies).map(Reply::Holders),
            Topic::Invalidate => counted(replies),
            Topic::Lock => locked(next(&mut replies)).map(Reply::Locked),
            Topic::Native(asked) => acted(*asked, replies),
            Topic::Nothing(_) => done(replies),
            Topic::Prolong => prolonged(&next(&mut replies)).map(Reply::Prolonged),
            Topic::Put { otherwise } => put(next(&mut replies), *otherwise),
            Topic::PutAlways { channels } => match put_always(replies, channels.len()) {
                Ok(true) => {
                    self.commands = Commands::default();
                    for channel in channels {
                        self.commands.add(&[b"PUBLISH", channel, b""]);
                    }
                    self.topic = Topic::Told;
                    return Said::More;
                }
                Ok(false) => Ok(Reply::Put(Put::Stored)),
                Err(refused) => full(refused).map(Reply::Put),
            },
            // Who was not told looks again by himself.
            Topic::Told => Ok(Reply::Put(Put::Stored)),
            Topic::Records => records(replies).map(Reply::Reports),
            Topic::Scan(scan) => scan.hear(next(&mut replies), names).map(Reply::Scanned),
            Topic::Renew => flag(&next(&mut replies)).map(Reply::Renewed),
            Topic::Unlock => flag(&next(&mut replies)).map(Reply::Unlocked),
            Topic::Writers => return self.asked_writers(next(&mut replies), names),
        };
        Said::Done(read.map_err(|refused| refused.error(self.what())))
    }

    /// Asks what the keys hold, to say what was found.
    fn ask_kinds(&mut self) -> Option<Said> {
        let (keys, wanted) = match &mut self.topic {
            Topic::Collect { keys, wanted, .. } => (std::mem::take(keys), Some(*wanted)),
            Topic::Fetch { key_bytes, tags: 0 } => {
                (vec![self.commands.last(*key_bytes).to_vec()], None)
            }
            _ => return None,
        };
        self.commands = Commands::default();
        keys.iter().for_each(|key| self.commands.add(&[b"TYPE", key]));
        self.topic = Topic::Held { wanted };
        Some(Said::More)
    }

    fn cleared(&mut self, is_deletion: bool, replies: IntoIter<Value>, names: &Names) -> Said {
        let (cursor, keys) = match cleared(is_deletion, replies) {
            Ok(read) => read,
            Err(refused) => return Said::Done(Err(refused.error(self.what()))),
        };
        let keys: Vec<_> = keys.into_iter().filter(|key| names.is_entry(key)).collect();
        self.commands = Commands::default();
        if !keys.is_empty() {
            self.commands.add_keys(b"UNLINK", &keys);
        }
        if cursor != b"0" {
            scan(&mut self.commands, names, &cursor);
            self.topic = Topic::Clear(!keys.is_empty());
        } else if keys.is_empty() {
            return Said::Done(Ok(Reply::Done));
        } else {
            self.topic = Topic::Nothing("clear entries");
        }
        Said::More
    }

    fn asked_writers(&mut self, reply: Value, names: &Names) -> Said {
        let writers = match texts(reply) {
            Ok(writers) if writers.is_empty() => {
                return Said::Done(Ok(Reply::Reports(Vec::new())));
            }
            Ok(writers) => writers,
            Err(refused) => return Said::Done(Err(refused.error(self.what()))),
        };
        self.commands = Commands::default();
        let keys: Vec<_> = writers.iter().map(|writer| names.report(writer)).collect();
        self.commands.add_keys(b"MGET", &keys);
        self.topic = Topic::Records;
        Said::More
    }
}

/// Tells the first that is not of the kind that was wanted.
fn meet(wanted: Option<Kind>, held: Vec<Held>) -> Result<Reply, Error> {
    let right = wanted.map_or(Held::Value, Held::Collection);
    let wrong = |held: &Held| *held != right && *held != Held::Nothing;
    match held.into_iter().find(wrong) {
        Some(Held::Collection(kind)) if wanted.is_none() => Ok(Reply::Held(kind)),
        // It is gone since it was read.
        None if wanted.is_none() => Ok(Reply::Fetched(Fetched::default())),
        found => Err(Error::wrong_kind(right, found.unwrap_or(Held::Nothing))),
    }
}
