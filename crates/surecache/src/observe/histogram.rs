//! Latencies in buckets of powers of two.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Counts durations; bucket `i` holds those of at least `2^i` and under `2^(i+1)` nanoseconds.
#[derive(Debug)]
pub(super) struct Histogram([AtomicU64; BUCKETS]);

impl Histogram {
    pub(super) const fn new() -> Self {
        Self([const { AtomicU64::new(0) }; BUCKETS])
    }

    pub(super) fn record(&self, took: Duration, times: u64) {
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX).max(1);
        let bucket = (nanoseconds.ilog2() as usize).min(BUCKETS - 1);
        self.0[bucket].fetch_add(times, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Latency {
        Latency { counts: self.0.iter().map(|count| count.load(Ordering::Relaxed)).collect() }
    }
}

/// A distribution of durations.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Latency {
    counts: Vec<u64>,
}

impl Latency {
    /// How many durations were recorded.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The duration that a share of the recorded ones stayed under: the upper bound of its bucket,
    /// so at most twice the true one. `None` where nothing was recorded.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a rank between 1 and the count"
        )]
        let rank = ((count as f64 * share).ceil() as u64).clamp(1, count);
        let mut seen = 0;
        let bucket = self.counts.iter().position(|in_bucket| {
            seen += in_bucket;
            seen >= rank
        })?;
        Some(Duration::from_nanos(1_u64 << (bucket + 1).min(63)))
    }

    /// What was recorded since `earlier`, a state of the same histogram.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let then = earlier.counts.iter().copied().chain(std::iter::repeat(0));
        let counts = self.counts.iter().zip(then);
        Self { counts: counts.map(|(now, then)| now.saturating_sub(then)).collect() }
    }

    /// Adds another distribution.
    pub(super) fn add(&mut self, other: &Self) {
        self.counts.resize(self.counts.len().max(other.counts.len()), 0);
        for (own, more) in self.counts.iter_mut().zip(&other.counts) {
            *own += more;
        }
    }
}

/// The last bucket begins above two minutes.
const BUCKETS: usize = 38;
