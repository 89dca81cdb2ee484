//! Locks and semaphores for tasks.

use std::time::Duration;

use crate::base::Error;
use crate::cache::asynchronous::Cache;
use crate::cache::core::Core;
use crate::lock::{Held, LockDone, Places, Term};

/// A lock or a semaphore: [`Cache::lock`], [`Cache::semaphore`].
///
/// - **Term.** By default a place is renewed while its holder lives, and falls free a lease
///   after the holder's death. With [`Term::fixed`] it is held for so long and no longer.
/// - **Waiters** are woken when a place is given back: those of a process one after the other, of
///   several processes in no order.
/// - **Loss.** A holder that stood still for longer than its lease has lost its place, and
///   another may hold it: release says so. What the lock protects is safe from that only where
///   it compares fencing tokens.
/// - **Cancel.** A future that is dropped leaves nothing held.
/// - **Store down.** An error at once; nothing is ever held that the store did not give.
/// - **Clear** leaves locks as they are, and their names share nothing with those of entries.
///
/// # Examples
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// use surecache::{Cache, Config};
///
/// let config = Config::new("docs").with_secret("a secret of the application");
/// let cache = Cache::open("memory://locks", config)?;
/// let imports = cache.semaphore("imports", 2)?;
/// let first = imports.acquire().await?;
/// let second = imports.acquire().await?;
/// assert!(imports.is_locked().await?);
/// first.release().await?;
/// assert!(!imports.is_locked().await?);
/// # second.release().await?;
/// # Ok::<(), surecache::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Lock {
    core: Core,
    places: Places,
    term: Term,
}

/// A place that is held; see [`Lock`]. Dropping it gives it back soon, without waiting for the
/// store and without a word of whether it was lost.
#[derive(Debug)]
#[must_use = "dropping it gives the lock back"]
pub struct LockGuard(Held);

impl Cache {
    /// The lock of a name: one holder over all processes that share the store and namespace.
    pub fn lock(&self, name: &str) -> Lock {
        Lock::new(self.core(), Places::lock(name.as_bytes()))
    }

    /// The semaphore of a name: up to `limit` holders. Where others use the name with another
    /// limit, never more hold a place than the greatest limit in use.
    ///
    /// # Errors
    /// Misuse where `limit` is 0 or above 1000.
    pub fn semaphore(&self, name: &str, limit: u32) -> Result<Lock, Error> {
        Ok(Lock::new(self.core(), Places::semaphore(name.as_bytes(), limit)?))
    }
}

impl Lock {
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
    pub async fn acquire(&self) -> Result<LockGuard, Error> {
        loop {
            if let Some(held) = self.take(None).await? {
                return Ok(held);
            }
        }
    }

    /// As [`Lock::acquire`], waiting at most so long; `None` where it was held until then.
    ///
    /// # Errors
    /// As [`Lock::acquire`].
    pub async fn acquire_within(&self, patience: Duration) -> Result<Option<LockGuard>, Error> {
        self.take(Some(patience)).await
    }

    /// True where the lock, or each place of the semaphore, is held by anybody.
    ///
    /// # Errors
    /// `Unavailable` where the store cannot be asked.
    pub async fn is_locked(&self) -> Result<bool, Error> {
        Ok(self.core.looking(&self.places).run_in_task().await? == LockDone::Is(true))
    }

    async fn take(&self, patience: Option<Duration>) -> Result<Option<LockGuard>, Error> {
        let taking = self.core.taking(&self.places, self.term, patience)?;
        Ok(taking.run_in_task().await?.map(LockGuard))
    }
}

impl LockGuard {
    /// Greater than that of every earlier holder: what the lock protects can refuse a lesser
    /// one.
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
    /// `LockLost` where it was not held any more; `Unavailable` where the store cannot be
    /// asked: it is then given back as by a drop.
    pub async fn release(self) -> Result<(), Error> {
        self.0.releasing()?.run_in_task().await.map(|_| ())
    }
}
