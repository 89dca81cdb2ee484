//! Locks and semaphores for threads.

use std::time::Duration;

use crate::base::Error;
use crate::cache::blocking::BlockingCache;
use crate::cache::core::Core;
use crate::lock::{Held, LockDone, Places, Term};

/// A lock or a semaphore whose calls block the thread: [`BlockingCache::lock`].
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use surecache::{BlockingCache, Config};
///
/// let config = Config::new("docs").with_secret("a secret of the application");
/// let cache = BlockingCache::open("memory://lock", config)?;
///
/// let lock = cache.lock("nightly-report");
/// let held = lock.acquire()?;
/// assert!(lock.acquire_within(Duration::ZERO)?.is_none());
/// let first = held.fencing_token();
/// held.release()?;
///
/// let held = lock.acquire()?;
/// assert!(held.fencing_token() > first);
/// # Ok::<(), surecache::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BlockingLock {
    core: Core,
    places: Places,
    term: Term,
}

/// A place that is held. Dropping it gives it back soon,
/// without waiting for the store and without a word of whether it was lost.
#[derive(Debug)]
#[must_use = "dropping it gives the lock back"]
pub struct BlockingLockGuard(Held);

impl BlockingCache {
    /// The lock of a name: one holder over all processes that share the store and namespace.
    pub fn lock(&self, name: &str) -> BlockingLock {
        BlockingLock::new(self.core(), Places::lock(name.as_bytes()))
    }

    /// The semaphore of a name: up to `limit` holders. Where others use the name with another
    /// limit, never more hold a place than the greatest limit in use.
    ///
    /// # Errors
    /// Misuse where `limit` is 0 or above 1000.
    pub fn semaphore(&self, name: &str, limit: u32) -> Result<BlockingLock, Error> {
        Ok(BlockingLock::new(self.core(), Places::semaphore(name.as_bytes(), limit)?))
    }
}

impl BlockingLock {
    fn new(core: &Core, places: Places) -> Self {
        Self { core: core.clone(), places, term: Term::default() }
    }

    /// Held for this term. Default: renewed while the holder lives, with a lease of 10 seconds.
    #[must_use]
    pub fn with_term(mut self, term: Term) -> Self {
        self.term = term;
        self
    }

    /// Takes the lock, or a place of the semaphore; waits until there is one.
    ///
    /// # Errors
    /// `Unavailable` where the store cannot be asked: at once, and then nothing is held.
    pub fn acquire(&self) -> Result<BlockingLockGuard, Error> {
        loop {
            if let Some(held) = self.take(None)? {
                return Ok(held);
            }
        }
    }

    /// As [`BlockingLock::acquire`], waiting at most so long; `None` where it was held until then.
    ///
    /// # Errors
    /// As [`BlockingLock::acquire`].
    pub fn acquire_within(&self, patience: Duration) -> Result<Option<BlockingLockGuard>, Error> {
        self.take(Some(patience))
    }

    /// True where the lock, or each place of the semaphore, is held by anybody.
    ///
    /// # Errors
    /// `Unavailable` where the store cannot be asked.
    pub fn is_locked(&self) -> Result<bool, Error> {
        Ok(self.core.looking(&self.places).run()? == LockDone::Is(true))
    }

    fn take(&self, patience: Option<Duration>) -> Result<Option<BlockingLockGuard>, Error> {
        let taking = self.core.taking(&self.places, self.term, patience)?;
        Ok(taking.run(|| Ok::<_, Error>(()))?.map(BlockingLockGuard))
    }
}

impl BlockingLockGuard {
    /// Greater than that of every earlier holder: what the lock protects can refuse a lesser one.
    pub fn fencing_token(&self) -> u64 {
        self.0.fencing_token()
    }

    /// True where it is known here that it is not held any more. False is no promise.
    pub fn is_lost(&self) -> bool {
        self.0.is_lost()
    }

    /// Gives it back.
    ///
    /// # Errors
    /// `LockLost` where it was not held any more; `Unavailable` where the store cannot be asked: it
    /// is then given back as by a drop.
    pub fn release(self) -> Result<(), Error> {
        self.0.releasing()?.run().map(|_| ())
    }
}
