//! What is locked, and for how long: refused where it makes no sense.

use std::fmt::Display;
use std::time::Duration;

use crate::base::Error;
use crate::key::LockName;
use crate::store::{Prolongation, Request, Token};

/// The place of a lock, or the places of a semaphore.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Places {
    name: LockName,
    count: u32,
}

impl Places {
    /// The most places that a semaphore may have: the store looks at each in turn.
    pub const MOST: u32 = 1000;

    /// The place of a lock.
    pub fn lock(name: &[u8]) -> Self {
        Self { name: LockName::lock(name), count: 1 }
    }

    /// The places of a semaphore. Where others ask for another `limit` under this name, each uses
    /// the first places of those that there are: never more hold one than the greatest limit in
    /// use.
    ///
    /// # Errors
    /// Misuse where `limit` is 0 or above [`Places::MOST`].
    pub fn semaphore(
        name: &[u8],
        limit: impl Copy + Display + TryInto<u32>,
    ) -> Result<Self, Error> {
        let most = Self::MOST;
        match limit.try_into() {
            Ok(count) if (1..=most).contains(&count) => {
                Ok(Self { name: LockName::semaphore(name), count })
            }
            _ => Err(Error::misuse(format!(
                "wanted a limit of 1 to {most} holders of a semaphore, found: {limit}"
            ))),
        }
    }

    pub(super) fn name(&self) -> &LockName {
        &self.name
    }

    pub(super) fn count(&self) -> u32 {
        self.count
    }

    pub(super) fn unlocking(&self, token: Token) -> Request<'_> {
        Request::Unlock { lock: &self.name, token, places: self.count }
    }
}

/// How long a place is held.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Term {
    period: Duration,
    is_renewed: bool,
}

impl Term {
    /// For so long and no longer, whatever becomes of the holder.
    ///
    /// # Errors
    /// Misuse below a millisecond.
    pub fn fixed(period: Duration) -> Result<Self, Error> {
        Self::checked(period, SHORTEST, false)
    }

    /// While the holder lives: renewed each third of the lease, which is how long the place stays
    /// taken when the holder dies. Default: 10 seconds.
    ///
    /// # Errors
    /// Misuse below a tenth of a second.
    pub fn renewed(lease: Duration) -> Result<Self, Error> {
        Self::checked(lease, SHORTEST_LEASE, true)
    }

    /// Refuses what no store could hold a place for.
    pub(super) fn check_prolongation(by: Prolongation) -> Result<(), Error> {
        let (Prolongation::Add(span) | Prolongation::Set(span)) = by;
        Self::fixed(span).map(|_| ())
    }

    fn checked(period: Duration, least: Duration, is_renewed: bool) -> Result<Self, Error> {
        if period < least {
            let what = if is_renewed { "a lease" } else { "a time" };
            let (least, found) = (least.as_secs_f64(), period.as_secs_f64());
            let message = format!("wanted {what} of a lock of {least} s at least, found: {found}");
            return Err(Error::misuse(message));
        }
        Ok(Self { period, is_renewed })
    }

    /// How long a place is held without renewal.
    pub fn period(&self) -> Duration {
        self.period
    }

    /// True where it is renewed while the holder lives.
    pub fn is_renewed(&self) -> bool {
        self.is_renewed
    }
}

impl Default for Term {
    fn default() -> Self {
        Self { period: DEFAULT_LEASE, is_renewed: true }
    }
}

/// Servers count whole milliseconds.
const SHORTEST: Duration = Duration::from_millis(1);
/// A third of it must suffice for a renewal to get through on a busy machine.
const SHORTEST_LEASE: Duration = Duration::from_millis(100);
/// Longer than a process that lives is put off its processor, or its server restarts; short enough
/// to wait for after a crash.
const DEFAULT_LEASE: Duration = Duration::from_secs(10);
