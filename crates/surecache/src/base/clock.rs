//! Time, as the one thing that tests replace.

use std::fmt::Debug;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

/// Tells the time of the wall and of the machine.
///
/// Implementors owe: both readings are cheap (no I/O), and [`Clock::uptime`] never runs backwards.
pub trait Clock: Debug + Send + Sync + 'static {
    /// Milliseconds since 1970-01-01 UTC: what expiries are written in.
    fn unix_ms(&self) -> u64;

    /// Time since the machine started, the same in all of its processes: what leases and waits
    /// are measured in, because the wall clock may be set.
    fn uptime(&self) -> Duration;

    /// Both readings.
    fn now(&self) -> Moment {
        Moment { unix_ms: self.unix_ms(), uptime: self.uptime() }
    }
}

/// One reading of a [`Clock`].
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Moment {
    /// Milliseconds since 1970-01-01 UTC.
    pub unix_ms: u64,
    /// Time since the machine started.
    pub uptime: Duration,
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads it")]
    fn unix_ms(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    fn uptime(&self) -> Duration {
        // Boot time goes on while the machine is suspended, so a lease does not outlive a nap.
        let time = clock_gettime(ClockId::Boottime);
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
    }
}
