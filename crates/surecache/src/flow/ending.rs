//! What ends answers: tags and entries, delivered to the store now or later.
//!
//! Returned normally, no read that starts later believes an entry that was loaded before. On an
//! error this process does not, and the delivery is tried again: with each later one, and by
//! [`Engine::deliver`].

use super::engine::{Engine, unexpected};
use crate::base::Error;
use crate::invalidate::Waiting;
use crate::key::{EntryKey, TagId};
use crate::store::{Reply, Request};

impl Engine {
    /// Deletes the generations of tags.
    ///
    /// # Errors
    /// `Unavailable` where the store did not take it.
    pub(crate) fn invalidate(&self, tags: &[TagId]) -> Result<(), Error> {
        let ending = self.ending_tags(tags);
        let reply = self.call(Request::Invalidate { tags: &ending.tags });
        self.ended(&ending, tags, &[], reply)
    }

    /// As [`Engine::invalidate`], in a task.
    ///
    /// # Errors
    /// As [`Engine::invalidate`].
    #[cfg(feature = "tokio")]
    pub(crate) async fn invalidate_in_task(&self, tags: &[TagId]) -> Result<(), Error> {
        let ending = self.ending_tags(tags);
        let reply = self.store.call_in_task(Request::Invalidate { tags: &ending.tags }).await;
        self.ended(&ending, tags, &[], reply)
    }

    /// Deletes an answer, and voids a load of it that is running.
    ///
    /// # Errors
    /// `Unavailable` where the store did not take it.
    pub(crate) fn end(&self, entry: &EntryKey) -> Result<(), Error> {
        let ending = self.ending_entry(entry);
        let reply = self.call(Request::Delete { entries: &ending.entries });
        self.ended(&ending, &[], std::slice::from_ref(entry), reply)
    }

    /// As [`Engine::end`], in a task.
    ///
    /// # Errors
    /// As [`Engine::end`].
    #[cfg(feature = "tokio")]
    pub(crate) async fn end_in_task(&self, entry: &EntryKey) -> Result<(), Error> {
        let ending = self.ending_entry(entry);
        let reply = self.store.call_in_task(Request::Delete { entries: &ending.entries }).await;
        self.ended(&ending, &[], std::slice::from_ref(entry), reply)
    }

    /// Tries again to deliver what could not be delivered.
    ///
    /// # Errors
    /// As [`Engine::invalidate`].
    pub(crate) fn deliver(&self) -> Result<(), Error> {
        while !self.undelivered.is_empty() {
            let waiting = self.undelivered.waiting(MOST);
            if !waiting.tags.is_empty() {
                self.call(Request::Invalidate { tags: &waiting.tags })?;
            }
            if !waiting.entries.is_empty() {
                self.call(Request::Delete { entries: &waiting.entries })?;
            }
            self.undelivered.delivered(&waiting);
        }
        Ok(())
    }

    /// These tags, and some of those that wait.
    pub(crate) fn ending_tags(&self, tags: &[TagId]) -> Waiting {
        let mut ending = self.undelivered.waiting(MOST);
        ending.entries.clear();
        ending.tags.extend(tags);
        ending
    }

    /// This entry, and some of those that wait.
    fn ending_entry(&self, entry: &EntryKey) -> Waiting {
        let mut ending = self.undelivered.waiting(MOST);
        ending.tags.clear();
        ending.entries.push(entry.clone());
        ending
    }

    /// What came of ending these: where the store did not take it, they wait.
    pub(crate) fn ended(
        &self,
        ending: &Waiting,
        tags: &[TagId],
        entries: &[EntryKey],
        reply: Result<Reply, Error>,
    ) -> Result<(), Error> {
        match reply {
            Ok(Reply::Done | Reply::Deleted(_)) => {
                self.undelivered.delivered(ending);
                Ok(())
            }
            other => {
                self.undelivered.add(tags, entries);
                Err(other.map_or_else(|error| error, |reply| unexpected(&reply)))
            }
        }
    }
}

/// How many tags, and how many entries, of those that wait are ended in one request: in a long
/// outage they may become very many.
const MOST: usize = 1000;
