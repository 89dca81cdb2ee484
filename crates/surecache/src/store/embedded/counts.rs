//! What happened to the store, counted in this process.

use std::sync::atomic::{AtomicU64, Ordering};

/// What happened to an embedded store since this process opened it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct EmbeddedCounts {
    /// Entries that went to make room, alive or dead.
    pub evicted: u64,
    /// Puts for which there was no room even so.
    pub full: u64,
    /// Slots taken back from readers that had died.
    pub readers_cleared: u64,
    /// Times that the store was started afresh because its files were damaged or taken away.
    pub retired: u64,
    /// Times that everything was made void because a deletion could not be carried out.
    pub voided: u64,
}

/// The counters behind it.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) evicted: AtomicU64,
    pub(super) full: AtomicU64,
    pub(super) readers_cleared: AtomicU64,
    pub(super) retired: AtomicU64,
    pub(super) voided: AtomicU64,
}

impl Counts {
    pub(super) fn snapshot(&self) -> EmbeddedCounts {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        EmbeddedCounts {
            evicted: load(&self.evicted),
            full: load(&self.full),
            readers_cleared: load(&self.readers_cleared),
            retired: load(&self.retired),
            voided: load(&self.voided),
        }
    }
}

/// Counts one.
pub(super) fn count(counter: &AtomicU64) {
    add(counter, 1);
}

/// Counts several.
pub(super) fn add(counter: &AtomicU64, number: usize) {
    counter.fetch_add(number as u64, Ordering::Relaxed);
}
