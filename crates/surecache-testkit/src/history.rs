//! What readers and writers saw, and whether a read was stale.
//!
//! Each write makes the next version of one thing: it commits, then it invalidates, and both have
//! returned when it is over. A read is stale if it started after the invalidation of a version had
//! returned and gave a version before that one. Nothing is claimed of a read that started earlier:
//! it may give either.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Takes the notes of many threads about one thing.
///
/// # Examples
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
/// use surecache_testkit::history::History;
///
/// let (row, history) = (AtomicU64::new(0), History::new());
/// let cached = row.load(SeqCst);
/// history.write(1, || row.store(1, SeqCst), || ());
/// history.read(|| cached);
/// assert_eq!(history.stale_reads().len(), 1);
/// ```
#[derive(Debug, Default)]
pub struct History {
    tick: AtomicU64,
    reads: Mutex<Vec<Read>>,
    writes: Mutex<Vec<Write>>,
}

/// One read. Times are ticks of the history's own count, which no two events share.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Read {
    /// Before the read began.
    pub started: u64,
    /// After it returned.
    pub ended: u64,
    /// What it gave.
    pub version: u64,
}

/// One write.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Write {
    /// The version that it made.
    pub version: u64,
    /// After the commit returned.
    pub committed: u64,
    /// After the invalidation returned.
    pub invalidated: u64,
}

/// A read that gave what it must not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Stale {
    /// The read.
    pub read: Read,
    /// The newest of the writes that were over before it started.
    pub write: Write,
}

impl History {
    /// One without notes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a read; `read` gives the version that it saw.
    pub fn read(&self, read: impl FnOnce() -> u64) -> u64 {
        let started = self.tick();
        let version = read();
        let ended = self.tick();
        push(&self.reads, Read { started, ended, version });
        version
    }

    /// Notes a write of `version`. Where one of the two panics, nothing is noted.
    pub fn write(&self, version: u64, commit: impl FnOnce(), invalidate: impl FnOnce()) {
        commit();
        let committed = self.tick();
        invalidate();
        let invalidated = self.tick();
        push(&self.writes, Write { version, committed, invalidated });
    }

    /// The stale among the reads noted so far, in the order of their starts.
    pub fn stale_reads(&self) -> Vec<Stale> {
        stale_reads(&take(&self.reads), &take(&self.writes))
    }

    /// How many reads were noted: a history of none proves nothing.
    pub fn read_count(&self) -> usize {
        take(&self.reads).len()
    }

    fn tick(&self) -> u64 {
        self.tick.fetch_add(1, Ordering::SeqCst)
    }
}

/// The stale among `reads`, in the order of their starts.
pub fn stale_reads(reads: &[Read], writes: &[Write]) -> Vec<Stale> {
    let mut writes = writes.to_vec();
    writes.sort_by_key(|write| write.invalidated);
    // From here on each write stands for the newest version of those that were over by then.
    for at in 1..writes.len() {
        if writes[at].version < writes[at - 1].version {
            writes[at] = Write { invalidated: writes[at].invalidated, ..writes[at - 1] };
        }
    }
    let mut reads = reads.to_vec();
    reads.sort_by_key(|read| read.started);
    reads
        .into_iter()
        .filter_map(|read| {
            let over = writes.partition_point(|write| write.invalidated < read.started);
            let write = *writes.get(over.checked_sub(1)?)?;
            (read.version < write.version).then_some(Stale { read, write })
        })
        .collect()
}

fn push<T>(notes: &Mutex<Vec<T>>, note: T) {
    notes.lock().unwrap_or_else(PoisonError::into_inner).push(note);
}

fn take<T: Clone>(notes: &Mutex<Vec<T>>) -> Vec<T> {
    notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(started: u64, ended: u64, version: u64) -> Read {
        Read { started, ended, version }
    }

    fn write(version: u64, committed: u64, invalidated: u64) -> Write {
        Write { version, committed, invalidated }
    }

    #[test]
    fn an_old_version_after_the_invalidation_is_stale() {
        let (old, writes) = (read(31, 40, 0), [write(1, 10, 30)]);
        let stale = stale_reads(&[old, read(31, 41, 1)], &writes);
        assert_eq!(stale, [Stale { read: old, write: writes[0] }]);
    }

    #[test]
    fn a_read_that_started_before_the_invalidation_returned_may_give_either() {
        let reads = [read(5, 100, 0), read(20, 90, 0), read(29, 90, 1)];
        assert_eq!(stale_reads(&reads, &[write(1, 10, 30)]), []);
    }

    #[test]
    fn a_version_newer_than_the_last_invalidated_is_not_stale() {
        let writes = [write(1, 10, 30), write(2, 40, 60)];
        assert_eq!(stale_reads(&[read(31, 39, 1), read(50, 55, 2)], &writes), []);
    }

    #[test]
    fn the_newest_version_that_is_over_counts_whatever_the_order() {
        // Version 2 is invalidated before version 1, whose writer is slow.
        let writes = [write(1, 10, 90), write(2, 20, 30)];
        let stale = stale_reads(&[read(40, 41, 1), read(95, 96, 1), read(97, 98, 2)], &writes);
        let found: Vec<_> = stale.iter().map(|one| (one.read.started, one.write.version)).collect();
        assert_eq!(found, [(40, 2), (95, 2)]);
    }

    #[test]
    fn a_history_of_threads_finds_the_cache_that_is_never_invalidated() {
        let (row, cached, history) = (AtomicU64::new(0), AtomicU64::new(0), History::new());
        let keep = |_| ();
        let store = |version| cached.store(version, Ordering::SeqCst);
        for (invalidate, is_right) in [(&keep as &(dyn Fn(u64) + Sync), false), (&store, true)] {
            let history = if is_right { &History::new() } else { &history };
            let first = row.load(Ordering::SeqCst) + 1;
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    for version in first..first + 100 {
                        let commit = || row.store(version, Ordering::SeqCst);
                        history.write(version, commit, || invalidate(version));
                    }
                });
                scope.spawn(|| {
                    for _ in 0..100 {
                        history.read(|| cached.load(Ordering::SeqCst));
                    }
                });
            });
            history.read(|| cached.load(Ordering::SeqCst));
            assert_eq!(history.read_count(), 101);
            assert_eq!(history.stale_reads().is_empty(), is_right);
        }
    }
}
