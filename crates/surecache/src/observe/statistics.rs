//! Counters of one region, or of the plain keys, in this process; and their sums.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::histogram::{Histogram, Latency};
use super::outcome::Outcome;
use crate::entry::Refusal;

/// Counters that many threads add to.
#[derive(Debug)]
pub struct Counters {
    name: String,
    outcomes: [AtomicU64; Outcome::ALL.len()],
    refusals: [AtomicU64; Refusal::ALL.len()],
    fenced: AtomicU64,
    full: AtomicU64,
    put_failed: AtomicU64,
    hits: Histogram,
    loads: Histogram,
}

impl Counters {
    /// All zero.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            outcomes: [const { AtomicU64::new(0) }; Outcome::ALL.len()],
            refusals: [const { AtomicU64::new(0) }; Refusal::ALL.len()],
            fenced: AtomicU64::new(0),
            full: AtomicU64::new(0),
            put_failed: AtomicU64::new(0),
            hits: Histogram::new(),
            loads: Histogram::new(),
        }
    }

    /// The region's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Counts the end of one read. `took` is the time of the whole read.
    pub(crate) fn record(&self, outcome: Outcome, took: Duration) {
        self.outcomes[outcome as usize].fetch_add(1, Ordering::Relaxed);
        if outcome.is_hit() {
            self.hits.record(took, 1);
        }
    }

    /// Counts hits that took the same time.
    pub(crate) fn record_hits(&self, hits: u64, took: Duration) {
        if hits > 0 {
            self.outcomes[Outcome::Hit as usize].fetch_add(hits, Ordering::Relaxed);
            self.hits.record(took, hits);
        }
    }

    /// Counts an entry that was found and not used.
    pub(crate) fn refuse(&self, refusal: Refusal) {
        self.refusals[refusal as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts the duration of a load, failed or not.
    pub(crate) fn loaded(&self, took: Duration) {
        self.loads.record(took, 1);
    }

    /// Counts a put that was void because the lease was lost.
    pub(crate) fn fenced(&self) {
        self.fenced.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a put for which there was no room.
    pub(crate) fn full(&self) {
        self.full.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a put that the store could not do.
    pub(crate) fn put_failed(&self) {
        self.put_failed.fetch_add(1, Ordering::Relaxed);
    }

    /// The numbers now.
    pub(crate) fn read(&self) -> Summary {
        let named = |name: &str, count: &AtomicU64| {
            let count = count.load(Ordering::Relaxed);
            (count > 0).then(|| (name.to_owned(), count))
        };
        let outcomes = Outcome::ALL.iter().zip(&self.outcomes);
        let refusals = Refusal::ALL.iter().zip(&self.refusals);
        let puts = [("failed", &self.put_failed), ("fenced", &self.fenced), ("full", &self.full)];
        Summary {
            outcomes: outcomes.filter_map(|(name, count)| named(name.name(), count)).collect(),
            refusals: refusals.filter_map(|(name, count)| named(name.name(), count)).collect(),
            puts: puts.iter().filter_map(|(name, count)| named(name, count)).collect(),
            hit_latency: self.hits.read(),
            load_latency: self.loads.read(),
        }
    }
}

/// The numbers of one region, of one process or of several.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Summary {
    /// How reads ended; outcomes that never occurred are left out.
    pub outcomes: BTreeMap<String, u64>,
    /// Why entries that were found were not used.
    pub refusals: BTreeMap<String, u64>,
    /// Puts that stored nothing: `failed`, `fenced`, `full`.
    pub puts: BTreeMap<String, u64>,
    /// Times of the reads that ended in a hit.
    pub hit_latency: Latency,
    /// Times of the loads.
    pub load_latency: Latency,
}

impl Summary {
    /// How many reads ended.
    pub fn reads(&self) -> u64 {
        self.outcomes.values().sum()
    }

    /// The share of reads that got a value without a load; `None` where nothing was read.
    pub fn hit_rate(&self) -> Option<f64> {
        let hits: u64 = Outcome::ALL
            .iter()
            .filter(|outcome| outcome.is_hit())
            .filter_map(|outcome| self.outcomes.get(outcome.name()))
            .sum();
        #[expect(clippy::cast_precision_loss, reason = "a share")]
        (self.reads() > 0).then(|| hits as f64 / self.reads() as f64)
    }

    /// What was counted since `earlier`, a state of the same counters.
    fn since(&self, earlier: &Self) -> Self {
        let counts = |now: &BTreeMap<String, u64>, then: &BTreeMap<String, u64>| {
            let grown = now.iter().map(|(name, count)| {
                (name.clone(), count.saturating_sub(then.get(name).copied().unwrap_or(0)))
            });
            grown.filter(|(_, count)| *count > 0).collect()
        };
        Self {
            outcomes: counts(&self.outcomes, &earlier.outcomes),
            refusals: counts(&self.refusals, &earlier.refusals),
            puts: counts(&self.puts, &earlier.puts),
            hit_latency: self.hit_latency.since(&earlier.hit_latency),
            load_latency: self.load_latency.since(&earlier.load_latency),
        }
    }

    fn add(&mut self, other: &Self) {
        for (own, more) in [
            (&mut self.outcomes, &other.outcomes),
            (&mut self.refusals, &other.refusals),
            (&mut self.puts, &other.puts),
        ] {
            for (name, count) in more {
                *own.entry(name.clone()).or_default() += count;
            }
        }
        self.hit_latency.add(&other.hit_latency);
        self.load_latency.add(&other.load_latency);
    }
}

/// The numbers of all regions, by name; plain keys stand under [`Statistics::PLAIN`].
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Statistics {
    /// By region.
    pub regions: BTreeMap<String, Summary>,
    /// How often the store did not take what was to end answers; it was delivered later, or waits.
    #[serde(default)]
    pub late: u64,
}

impl Statistics {
    /// The name that plain keys are counted under. No region can have it.
    pub const PLAIN: &'static str = "(plain keys)";

    /// What was counted since `earlier`, a state of the same counters.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let zero = Summary::default();
        let regions = self.regions.iter().map(|(name, now)| {
            (name.clone(), now.since(earlier.regions.get(name).unwrap_or(&zero)))
        });
        Self { regions: regions.collect(), late: self.late.saturating_sub(earlier.late) }
    }

    /// Adds the numbers of another process.
    pub fn add(&mut self, other: &Self) {
        for (name, summary) in &other.regions {
            self.regions.entry(name.clone()).or_default().add(summary);
        }
        self.late += other.late;
    }
}
