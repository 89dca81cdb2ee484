//! How long bytes of a connection are waited for: a time-out for the first of them, and one for
//! each further step. A value of many megabytes takes its time; who sends byte by byte does not.

use std::time::Duration;

/// What passes on a connection while somebody waits.
#[derive(Clone, Copy, Debug, Default)]
pub struct Patience {
    /// When the last step was made, in uptime.
    stepped: Duration,
    /// Those of the next one.
    bytes: usize,
}

impl Patience {
    /// Notes that so many bytes have passed, in either direction.
    pub fn passed(&mut self, bytes: usize, uptime: Duration) {
        self.bytes += bytes;
        if self.bytes >= STEP_BYTES {
            *self = Self { stepped: uptime, bytes: 0 };
        }
    }

    /// How much of a time-out is left to who waits since `began`; `None` where it is over.
    pub fn left(&self, began: Duration, timeout: Duration, uptime: Duration) -> Option<Duration> {
        let waited = uptime.saturating_sub(began.max(self.stepped));
        timeout.checked_sub(waited).filter(|left| !left.is_zero())
    }
}

/// 64 KiB. With the default time-out that is what the slowest of usable networks carry.
const STEP_BYTES: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_millis(250);

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn single_bytes_buy_no_time() {
        let mut patience = Patience::default();
        for ms in 100..350 {
            patience.passed(1, at(ms));
            assert_eq!(patience.left(at(100), TIMEOUT, at(ms)), Some(at(350 - ms)));
        }
        assert_eq!(patience.left(at(100), TIMEOUT, at(350)), None);
    }

    #[test]
    fn a_step_buys_another_time_out() {
        let mut patience = Patience::default();
        for ms in [300, 500, 700] {
            patience.passed(STEP_BYTES / 2, at(ms - 50));
            patience.passed(STEP_BYTES / 2, at(ms));
            assert_eq!(patience.left(at(100), TIMEOUT, at(ms)), Some(TIMEOUT));
        }
        assert_eq!(patience.left(at(100), TIMEOUT, at(950)), None);
        // Who comes later has its own.
        assert_eq!(patience.left(at(900), TIMEOUT, at(950)), Some(at(200)));
    }
}
