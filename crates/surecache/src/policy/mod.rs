//! How long an entry lives, and when it is refreshed. Time may make an entry stale; a writer makes
//! it void, which is not decided here.

mod schedule;

use std::time::Duration;

use crate::base::Error;

/// How long the answers of a region live.
///
/// Built by [`Policy::new`] and the `with_*` methods; refused as a whole by [`Policy::check`],
/// which every declaration calls.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// From a load's beginning to the hard expiry; `None`: no expiry.
    pub ttl: Option<Duration>,
    /// The share of the TTL after which every reader wants a refresh. Default: 0.9.
    pub soft_share: f64,
    /// The share of the TTL by which it is shortened at random. Default: 0.1.
    pub jitter: f64,
    /// How early a refresh by chance comes; 0 for never. Default: 1.
    pub beta: f64,
    /// How long past the hard expiry an answer may be given while another reader refreshes it.
    /// Default: zero.
    pub stale_while_revalidate: Duration,
    /// How long past the hard expiry an answer may be given when the load fails. Default: zero.
    pub stale_if_error: Duration,
    /// The longest that anyone waits for somebody else's live load. Default: 30 s.
    pub wait: Duration,
    /// How long a lease stands without renewal. Default: 2 s.
    pub lease: Duration,
}

impl Policy {
    /// The defaults, with a TTL.
    pub fn new(ttl: Duration) -> Self {
        Self { ttl: Some(ttl), ..Self::without_expiry() }
    }

    /// The defaults, for answers that only a writer ends.
    pub fn without_expiry() -> Self {
        Self {
            ttl: None,
            soft_share: 0.9,
            jitter: 0.1,
            beta: 1.0,
            stale_while_revalidate: Duration::ZERO,
            stale_if_error: Duration::ZERO,
            wait: Duration::from_secs(30),
            lease: Duration::from_secs(2),
        }
    }

    /// The same policy, giving answers up to `span` past their hard expiry during a refresh.
    #[must_use]
    pub fn with_stale_while_revalidate(mut self, span: Duration) -> Self {
        self.stale_while_revalidate = span;
        self
    }

    /// The same policy, giving answers up to `span` past their hard expiry when a load fails.
    #[must_use]
    pub fn with_stale_if_error(mut self, span: Duration) -> Self {
        self.stale_if_error = span;
        self
    }

    /// The same policy with another wait.
    #[must_use]
    pub fn with_wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// The same policy with another lease period.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Refuses what makes no sense.
    ///
    /// # Errors
    /// Misuse: says which value was wanted and which was found. With `authz`, an answer that may
    /// outlive its expiry is refused too.
    pub fn check(&self, authz: bool) -> Result<(), Error> {
        if self.ttl.is_some_and(|ttl| ttl < MIN_TTL || ttl > MAX_TTL) {
            return Err(wanted("a TTL from 1 ms to 10 years", self.ttl));
        }
        if !(self.soft_share > 0.0 && self.soft_share <= 1.0) {
            return Err(wanted("a soft share above 0 and at most 1", self.soft_share));
        }
        if !(0.0..=0.5).contains(&self.jitter) {
            return Err(wanted("a jitter from 0 to 0.5", self.jitter));
        }
        if !(0.0..=100.0).contains(&self.beta) {
            return Err(wanted("a beta from 0 to 100", self.beta));
        }
        if self.wait < MIN_TTL || self.wait > MAX_WAIT {
            return Err(wanted("a wait from 1 ms to 1 hour", self.wait));
        }
        if self.lease < MIN_LEASE || self.lease > MAX_LEASE {
            return Err(wanted("a lease from 50 ms to 1 minute", self.lease));
        }
        let stale = self.stale_while_revalidate.max(self.stale_if_error);
        if stale > MAX_TTL {
            return Err(wanted("a stale span of at most 10 years", stale));
        }
        if authz && !stale.is_zero() {
            return Err(wanted("no stale answers where rights decide", stale).with_hint(
                "drop stale_while_revalidate and stale_if_error, or authz from the scope",
            ));
        }
        Ok(())
    }
}

fn wanted(what: &str, found: impl std::fmt::Debug) -> Error {
    Error::misuse(format!("wanted {what}, found: {found:?}"))
}

const MIN_TTL: Duration = Duration::from_millis(1);
const MAX_TTL: Duration = Duration::from_secs(10 * 366 * 24 * 3600);
const MAX_WAIT: Duration = Duration::from_secs(3600);
const MIN_LEASE: Duration = Duration::from_millis(50);
const MAX_LEASE: Duration = Duration::from_secs(60);
