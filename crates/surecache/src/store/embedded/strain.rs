//! What an environment remembers of having had no room.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long a write waits for readers that keep pages from being used anew.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Patience {
    /// Not again soon after a wait was in vain: for what may be left undone.
    Brief,
    /// Each time: for what must not be left undone.
    Long,
}

impl Patience {
    /// How many milliseconds. A reader that was put off its processor in the middle of a read has
    /// it back within some, on a crowded machine within some dozens.
    pub(super) fn pauses(self) -> u32 {
        match self {
            Self::Brief => 25,
            Self::Long => 250,
        }
    }
}

/// Kept in each process for itself; all times are the machine's uptime in milliseconds.
#[derive(Debug, Default)]
pub(super) struct Strain {
    vain_until_ms: AtomicU64,
    cramped_until_ms: AtomicU64,
    cramped_pages: AtomicU64,
}

impl Strain {
    /// Notes that readers were waited for in vain.
    pub(super) fn waited_in_vain(&self, now: Duration) {
        self.vain_until_ms.store(millis(now + VAIN), Ordering::Relaxed);
    }

    /// True where waiting is likely to be in vain.
    pub(super) fn is_vain(&self, now: Duration) -> bool {
        millis(now) < self.vain_until_ms.load(Ordering::Relaxed)
    }

    /// Notes that the disk did not let the file grow beyond so many pages.
    pub(super) fn cramp(&self, pages: u64, now: Duration) {
        self.cramped_pages.store(pages, Ordering::Relaxed);
        self.cramped_until_ms.store(millis(now + CRAMPED), Ordering::Relaxed);
    }

    /// How many pages the file can have, of those that the map has.
    pub(super) fn limit_pages(&self, map_pages: u64, now: Duration) -> u64 {
        let until = self.cramped_until_ms.load(Ordering::Relaxed);
        match until > 0 && millis(now) < until {
            true => self.cramped_pages.load(Ordering::Relaxed).min(map_pages),
            false => map_pages,
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// So that of many writes only one waits while a stopped process holds its pages.
const VAIN: Duration = Duration::from_secs(1);
/// How soon it is tried again whether the disk has room.
const CRAMPED: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_forgotten_in_time() {
        let (strain, start) = (Strain::default(), Duration::from_secs(5));
        assert!(!strain.is_vain(start));
        assert_eq!(strain.limit_pages(100, start), 100);
        strain.waited_in_vain(start);
        strain.cramp(60, start);
        assert!(strain.is_vain(start));
        assert_eq!(strain.limit_pages(100, start), 60);
        assert!(!strain.is_vain(start + VAIN));
        assert_eq!(strain.limit_pages(100, start + CRAMPED), 100);
    }
}
