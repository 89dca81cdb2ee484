//! Time that a test owns.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use surecache::Clock;

/// A clock that stands still until it is told to go on.
///
/// It takes no lock, so that a forked child can read it.
#[derive(Debug)]
pub struct ManualClock {
    unix_ms: AtomicU64,
    uptime_ns: AtomicU64,
}

impl ManualClock {
    /// A clock that shows an hour of uptime and a day in 2026.
    pub fn new() -> Self {
        Self {
            unix_ms: AtomicU64::new(1_780_000_000_000),
            uptime_ns: AtomicU64::new(3_600_000_000_000),
        }
    }

    /// Lets time pass, at the wall and in the machine. The wall clock counts whole milliseconds.
    pub fn advance(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        let nanos = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        self.unix_ms.fetch_add(millis, Ordering::SeqCst);
        self.uptime_ns.fetch_add(nanos, Ordering::SeqCst);
    }

    /// Sets the clock at the wall, as an administrator may at any time; the uptime goes on as it
    /// was.
    pub fn set_unix_ms(&self, unix_ms: u64) {
        self.unix_ms.store(unix_ms, Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn unix_ms(&self) -> u64 {
        self.unix_ms.load(Ordering::SeqCst)
    }

    fn uptime(&self) -> Duration {
        Duration::from_nanos(self.uptime_ns.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_only_when_told() {
        let clock = ManualClock::new();
        let before = clock.now();
        assert_eq!(clock.now(), before);
        clock.advance(Duration::from_millis(1500));
        assert_eq!(clock.unix_ms(), before.unix_ms + 1500);
        assert_eq!(clock.uptime(), before.uptime + Duration::from_millis(1500));
    }

    #[test]
    fn setting_the_wall_leaves_the_uptime() {
        let clock = ManualClock::new();
        let uptime = clock.uptime();
        clock.set_unix_ms(5);
        assert_eq!((clock.unix_ms(), clock.uptime()), (5, uptime));
    }
}
