//! Time, as the one thing that tests replace.

use std::fmt::Debug;
use std::time::Duration;

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
    fn unix_ms(&self) -> u64 {
        let time = clock_gettime(ClockId::Realtime);
        let whole = u64::try_from(time.tv_sec).unwrap_or(0).saturating_mul(1000);
        whole.saturating_add(u64::try_from(time.tv_nsec / 1_000_000).unwrap_or(0))
    }

    fn uptime(&self) -> Duration {
        // Boot time goes on while the machine is suspended, so a lease does not outlive a nap.
        let time = clock_gettime(ClockId::Boottime);
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
    }
}
