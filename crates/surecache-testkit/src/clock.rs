//! Time that a test owns.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use surecache::Clock;

/// A clock that stands still until it is told to go on.
///
/// It takes no lock, so that a forked child can read it.
pub struct ManualClock {
    unix_ms: AtomicU64,
    uptime_ns: AtomicU64,
    hook: OnceLock<Box<Hook>>,
}

type Hook = dyn Fn(Duration) + Send + Sync;

impl ManualClock {
    /// A clock that shows an hour of uptime and a day in 2026.
    pub fn new() -> Self {
        Self {
            unix_ms: AtomicU64::new(START_UNIX_MS),
            uptime_ns: AtomicU64::new(3_600_000_000_000),
            hook: OnceLock::new(),
        }
    }

    /// Lets time pass, at the wall and in the machine. The wall clock counts whole milliseconds.
    /// Whoever asked with [`on_advance`](Self::on_advance) is told before this returns.
    pub fn advance(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        let nanos = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        self.unix_ms.fetch_add(millis, Ordering::SeqCst);
        self.uptime_ns.fetch_add(nanos, Ordering::SeqCst);
        if let Some(hook) = self.hook.get() {
            hook(by);
        }
    }

    /// Has `hook` called with every step that [`advance`](Self::advance) makes, once the clock
    /// shows the new time: for what has a time of its own that must go along.
    ///
    /// # Panics
    /// Where there is a hook already.
    pub fn on_advance(&self, hook: impl Fn(Duration) + Send + Sync + 'static) {
        assert!(
            self.hook.set(Box::new(hook)).is_ok(),
            "wanted one hook on a clock, found a second"
        );
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

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { unix_ms, uptime_ns, hook: _ } = self;
        f.debug_struct("ManualClock")
            .field("unix_ms", unix_ms)
            .field("uptime_ns", uptime_ns)
            .finish_non_exhaustive()
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

/// What a new clock shows.
pub(crate) const START_UNIX_MS: u64 = 1_780_000_000_000;

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn the_hook_is_told_each_step_after_it_was_made() {
        let clock = Arc::new(ManualClock::new());
        let told = Arc::new(Mutex::new(Vec::new()));
        let (seen, writes) = (Arc::downgrade(&clock), Arc::clone(&told));
        clock.on_advance(move |by| {
            let shown = seen.upgrade().map(|clock| clock.unix_ms() - START_UNIX_MS);
            writes.lock().unwrap().push((by, shown));
        });
        clock.advance(Duration::from_millis(2));
        clock.set_unix_ms(START_UNIX_MS);
        clock.advance(Duration::from_millis(3));
        let wanted = [(Duration::from_millis(2), Some(2)), (Duration::from_millis(3), Some(3))];
        assert_eq!(*told.lock().unwrap(), wanted);
    }

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
