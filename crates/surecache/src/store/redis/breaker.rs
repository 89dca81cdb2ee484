//! What a dead server costs: the time-outs of a few calls, then microseconds.
//!
//! After some failures in a row calls are refused at once. A thread of its own looks whether the
//! server is back; no caller does.

use std::sync::Weak;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use super::commands::Commands;
use super::link::Link;
use super::options::RedisOptions;
use super::refused;
use crate::base::Error;
use crate::base::sync::Arc;

/// Counts failures in a row.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: AtomicU32,
    is_open: AtomicBool,
}

impl Breaker {
    /// True where calls are refused. Costs one load.
    pub(super) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Acquire)
    }

    /// Refuses a call while it is open.
    ///
    /// # Errors
    /// `Unavailable`, in microseconds.
    pub(super) fn check(&self, options: &RedisOptions) -> Result<(), Error> {
        if !self.is_open() {
            return Ok(());
        }
        let address = &options.place;
        let message = format!("the Redis server {address} does not answer: not asked again");
        Err(Error::unavailable(message))
    }

    /// The server answered.
    pub(super) fn worked(&self) {
        if self.failures.load(Ordering::Relaxed) != 0 {
            self.failures.store(0, Ordering::Relaxed);
        }
    }

    /// The server did not answer.
    pub(super) fn failed(self: &Arc<Self>, options: &RedisOptions) {
        let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        if failures < FAILURES || self.is_open.swap(true, Ordering::AcqRel) {
            return;
        }
        let (breaker, options) = (Arc::downgrade(self), options.clone());
        let spawned = std::thread::Builder::new()
            .name("surecache-probe".to_owned())
            .spawn(move || probe(&breaker, &options));
        if spawned.is_err() {
            // Nobody would close it.
            self.close();
        }
    }

    fn close(&self) {
        self.failures.store(0, Ordering::Relaxed);
        self.is_open.store(false, Ordering::Release);
    }
}

/// Looks until the server answers, or the breaker is gone.
fn probe(breaker: &Weak<Breaker>, options: &RedisOptions) {
    loop {
        std::thread::sleep(PROBE_PAUSE);
        let Some(breaker) = breaker.upgrade() else { return };
        if is_there(options) {
            breaker.close();
            return;
        }
    }
}

fn is_there(options: &RedisOptions) -> bool {
    let mut ping = Commands::default();
    ping.add(&[b"PING"]);
    let mut link = match Link::connect(options) {
        Ok(link) => link,
        // Any other refusal is one that callers should be told.
        Err(trouble) => return !trouble.is_outage,
    };
    let Ok(replies) = link.exchange(&ping) else { return false };
    !replies.iter().filter_map(|reply| reply.error()).any(|error| refused::of(error).is_outage())
}

/// In a row; one or two happen where a connection is cut.
const FAILURES: u32 = 3;
/// Between two looks at a server that is down.
const PROBE_PAUSE: Duration = Duration::from_millis(100);
