//! The store of one process: for tests, scripts and programs that never have a second worker.
//!
//! There is one store for each name and process, and it lives as long as the process. Entries are
//! bounded by their bytes; generations, leases and locks are exempt from eviction and go when their
//! time is over. Nothing here waits for anything but a lock held for microseconds.

mod evict;
mod fork;
mod locks;
mod sampled;
mod scan;
mod shard;
mod space;
mod wakes;

use std::sync::Arc;
use std::time::Duration;

use space::Space;

use super::{Fetched, Reply, Request, Store, Watch, keeps_no_collections};
use crate::base::mutant::{self, Mutant};
use crate::base::{Clock, Error};
use crate::key::LockName;

/// Keeps everything in the memory of this process.
///
/// Handles of the same name and namespace share their contents; namespaces are apart. A forked
/// child keeps a copy of the contents, and from then on the two go their own ways: for more than
/// one process use a store that they share.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use surecache::SystemClock;
/// use surecache::stores::{Memory, Reply, Request, Store};
///
/// let store = Memory::named("doc", "test", Arc::new(SystemClock));
/// let reply = store.call(Request::Clear)?;
/// assert!(matches!(reply, Reply::Done));
/// # Ok::<(), surecache::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Memory {
    space: &'static Space,
    clock: Arc<dyn Clock>,
}

impl Memory {
    /// The store of this name in this process, made at the first call. For each
    /// namespace it holds 256 MiB of entries, unless [`Memory::named_with_capacity`] was first.
    pub fn named(name: &str, namespace: &str, clock: Arc<dyn Clock>) -> Self {
        Self { space: fork::space(name, namespace), clock }
    }

    /// The store of this name, holding at most `bytes` of entries in this namespace, their keys and
    /// a fixed overhead for each included. Beyond that it evicts.
    ///
    /// # Errors
    /// Misuse where `bytes` is 0, or where another capacity was given for the same name and
    /// namespace.
    pub fn named_with_capacity(
        name: &str,
        namespace: &str,
        clock: Arc<dyn Clock>,
        bytes: u64,
    ) -> Result<Self, Error> {
        let store = Self::named(name, namespace, clock);
        store.space.limit_to(bytes)?;
        Ok(store)
    }
}

impl Store for Memory {
    fn call(&self, request: Request<'_>) -> Result<Reply, Error> {
        let (space, now) = (self.space, self.clock.now());
        Ok(match request {
            Request::Acquire { entry, token, digest, period, replace } => {
                let wanted = shard::Lease { token, digest, until: now.uptime + period };
                Reply::Acquired(space.acquire(entry, wanted, replace, now))
            }
            Request::Clear => {
                space.clear();
                Reply::Done
            }
            Request::Collect { .. }
            | Request::CollectionExpire { .. }
            | Request::CollectionExpiry { .. } => return Err(keeps_no_collections()),
            Request::Delete { entries } => Reply::Deleted(
                entries.iter().filter(|entry| space.delete(entry, now.unix_ms)).count(),
            ),
            Request::Establish { tags, life } => {
                let until = now.uptime + life;
                let readings = tags.iter().map(|tag| space.establish(tag, until, now.uptime));
                Reply::Generations(readings.map(|made| made.map(Some)).collect::<Result<_, _>>()?)
            }
            Request::Eviction => Reply::Eviction(None),
            Request::Fetch { entry, tags } => Reply::Fetched(Fetched {
                entry: space.entry(entry, now.unix_ms),
                generations: tags.iter().map(|tag| space.generation(tag, now.uptime)).collect(),
            }),
            Request::FetchMany { entries, tags } => Reply::FetchedMany {
                entries: entries.iter().map(|entry| space.entry(entry, now.unix_ms)).collect(),
                generations: tags.iter().map(|tag| space.generation(tag, now.uptime)).collect(),
            },
            Request::Holders { lock, places } => {
                Reply::Holders(space.locks().holders(lock, places, now.uptime))
            }
            Request::Invalidate { tags } => {
                tags.iter().for_each(|tag| space.invalidate(tag));
                Reply::Done
            }
            Request::Lock { lock, token, places, period } => {
                Reply::Locked(space.locks().lock(lock, token, places, period, now))
            }
            Request::Prolong { lock, token, places: _, by } => {
                Reply::Prolonged(space.locks().prolong(lock, token, by, now.uptime))
            }
            Request::Native { .. } => return Err(Request::not_native()),
            Request::Put { entry, bytes, expires_unix_ms, condition } => {
                Reply::Put(space.put(entry, bytes, expires_unix_ms, condition, now)?)
            }
            Request::Release { entry, token } => {
                space.release(entry, token);
                Reply::Done
            }
            Request::Renew { entry, token, period } => {
                Reply::Renewed(space.renew(entry, token, now.uptime + period, now.uptime))
            }
            Request::Report { writer, record } => {
                space.report(writer, record);
                Reply::Done
            }
            Request::Reports => Reply::Reports(space.reports()),
            Request::Scan { glob, cursor, count, listed } => {
                Reply::Scanned(space.scan(glob, cursor, count, listed, now.unix_ms)?)
            }
            Request::Unlock { lock, token, places: _ } => {
                let is_free = space.locks().unlock(lock, token, now.uptime);
                if is_free && !mutant::is(Mutant::LockUntold) {
                    space.wakes().tell(lock);
                }
                Reply::Unlocked(is_free)
            }
        })
    }

    fn watch_lock(&self, lock: &LockName) -> Option<Watch> {
        Some(self.space.wakes().watch(lock))
    }

    fn pace(&self) -> Duration {
        PACE
    }

    fn is_local(&self) -> bool {
        true
    }
}

/// Between two looks at a lease: a load that is worth a cache takes longer, and a look costs
/// less than a microsecond.
const PACE: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests;
