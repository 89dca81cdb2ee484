//! What a store is asked, what it answers, and what it owes.
//!
//! A store keeps *entries* (opaque bytes under an [`EntryKey`]), *generations* (16 random bytes
//! under a [`TagId`](crate::key::TagId)), *leases* (who may load an entry) and the places of
//! *locks* (who holds what, under a [`LockName`]). It decides nothing:
//! it does not know what an entry means, whether it is believed, or what a miss leads to. Every
//! store is asked through one value, [`Request`], so that a driver of any kind, a faulty store and
//! the model checker all stand at the same seam.

#[cfg(feature = "embedded")]
mod embedded;
mod fence;
mod line;
mod memory;
mod native;
mod patience;
#[cfg(feature = "redis")]
mod redis;
mod reply;
mod request;
mod revision;
mod watch;

use std::fmt::Debug;
use std::pin::Pin;
use std::time::Duration;

#[cfg(feature = "embedded")]
pub use embedded::{Embedded, EmbeddedCounts, EmbeddedOptions};
pub use line::{Address, Endpoint, Line, Standing};
pub use memory::Memory;
pub use native::{Acted, Native};
pub use patience::Patience;
#[cfg(feature = "redis")]
pub use redis::{Redis, RedisOptions, RedisParts};
pub use reply::{Acquired, Fetched, Generation, Incarnation, Locked, Put, Reading, Reply, Scanned};
pub use request::{Condition, Digest, Listed, Mark, Prolongation, Request, Token};
pub use revision::Revision;
pub use watch::{Kept, Wake, Watch};

use crate::base::{Error, Moment};
use crate::key::{EntryKey, LockName};

/// A reply that is awaited.
pub type InTask<'a> = Pin<Box<dyn Future<Output = Result<Reply, Error>> + Send + 'a>>;

/// Keeps entries, generations and leases.
///
/// Implementors owe:
/// - **Atomicity.** Each request is one step where its documentation says so; others may be split
///   in any order.
/// - **Absence is honest.** What was deleted, evicted or expired is absent; a generation that was
///   deleted never comes back with the bytes it had.
/// - **Fresh randomness.** Each creation of a generation uses bytes never used before.
/// - **No belief.** Bytes are handed back as found: verifying is the reader's.
/// - **Forks.** A handle made before a fork works in the child.
/// - An `Err` may have been carried out: the caller must assume both.
pub trait Store: Debug + Send + Sync {
    /// Does what is asked. Blocks for at most the store's time-outs.
    ///
    /// # Errors
    /// `Unavailable` where the store cannot be reached or refuses, `Corrupt` where its files are
    /// damaged and could not be replaced. A full store is no error but [`Put::Full`].
    fn call(&self, request: Request<'_>) -> Result<Reply, Error>;

    /// As [`Store::call`] for each; the replies come in their order. A server is asked in as few
    /// rounds as can be. Each is a step of its own: they may be made in any order, and some where
    /// others failed. Puts without a condition may be made in one step: then there is room for all
    /// or for none.
    fn call_many(&self, requests: &[Request<'_>]) -> Vec<Result<Reply, Error>> {
        requests.iter().map(|request| self.call(request.clone())).collect()
    }

    /// As [`Store::call`], for a task: what would block is awaited. A store whose calls are over in
    /// microseconds makes them at once.
    ///
    /// # Errors
    /// As [`Store::call`].
    fn call_in_task<'a>(&'a self, request: Request<'a>) -> InTask<'a> {
        Box::pin(std::future::ready(self.call(request)))
    }

    /// The beginning of a connection to a server whose bytes the caller carries; `None` where calls
    /// are over in microseconds anyway.
    ///
    /// # Errors
    /// In the result: `Unavailable` where the server's name is none.
    fn line(&self, _server: &Address) -> Option<Result<Box<dyn Line>, Error>> {
        None
    }

    /// Where a [`Line`] is to be connected to; it may have to be asked for, and block.
    ///
    /// # Errors
    /// In the result: `Unavailable` where nobody knows.
    fn endpoint(&self) -> Option<Result<Endpoint, Error>> {
        None
    }

    /// A connection of a caller's making could not be made.
    fn count_failure(&self) {}

    /// True where calls are refused at once, because the server did not answer the last ones.
    fn is_given_up(&self) -> bool {
        false
    }

    /// Watches the lease on an entry that another process holds; `None` where a waiter looks again
    /// after each [`Store::pace`].
    fn watch(&self, _entry: &EntryKey) -> Option<Watch> {
        None
    }

    /// Watches a lock whose places are all held: who watches is told when one is given back. As
    /// [`Store::watch`].
    fn watch_lock(&self, _lock: &LockName) -> Option<Watch> {
        None
    }

    /// What tells that an entry has not changed; `None` where the store cannot tell without reading
    /// it, or while it is being changed. `now` is the time by the store's clock.
    fn revision(&self, _entry: &EntryKey, _now: Moment) -> Option<Revision> {
        None
    }

    /// How long a waiter sleeps between two looks at a lease or lock of another process.
    fn pace(&self) -> Duration;

    /// True where [`Request::Collect`] and its like may be asked; where not, the caller keeps a
    /// collection as an entry.
    fn keeps_collections(&self) -> bool {
        false
    }

    /// True where a call is over in microseconds and may be made from an event loop.
    fn is_local(&self) -> bool;
}

/// The answer of a store whose collections are entries.
fn keeps_no_collections() -> Error {
    Error::misuse("wanted a store that keeps collections, found one that keeps entries")
}
