//! The expiries of one entry, and whether a reader should refresh it early.

use std::time::Duration;

use super::Policy;
use crate::entry::{Header, NEVER};

/// The three times in the life of an entry; milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Schedule {
    /// From here on every reader wants a refresh.
    pub(crate) soft_unix_ms: u64,
    /// From here on it is not fresh.
    pub(crate) hard_unix_ms: u64,
    /// From here on the store may forget it.
    pub(crate) drop_unix_ms: u64,
}

impl Policy {
    /// The times of an entry whose load began at `now_unix_ms`. `draw` is uniform in (0, 1).
    pub(crate) fn schedule(&self, now_unix_ms: u64, draw: f64) -> Schedule {
        let Some(ttl) = self.ttl else {
            return Schedule { soft_unix_ms: NEVER, hard_unix_ms: NEVER, drop_unix_ms: NEVER };
        };
        let ttl = ttl.mul_f64(1.0 - self.jitter * draw);
        let stale = self.stale_while_revalidate.max(self.stale_if_error);
        Schedule {
            soft_unix_ms: now_unix_ms.saturating_add(ms(ttl.mul_f64(self.soft_share))),
            hard_unix_ms: now_unix_ms.saturating_add(ms(ttl)),
            drop_unix_ms: now_unix_ms.saturating_add(ms(ttl + stale)),
        }
    }

    /// True where this reader, by its draw, refreshes a fresh entry.
    ///
    /// Source: Vattani, Chierichetti, Lowenstein, Optimal Probabilistic Cache Stampede Prevention,
    /// VLDB 2015: refresh when `now - cost * beta * ln(draw) >= expiry`.
    pub(crate) fn wants_refresh(&self, header: &Header, now_unix_ms: u64, draw: f64) -> bool {
        if header.soft_unix_ms == NEVER {
            return false;
        }
        let cost = Duration::from_micros(u64::from(header.cost_us));
        // Most expiries are too far away for any draw: `-ln(draw)` of 52 bits is below 37.
        let left = Duration::from_millis(header.soft_unix_ms.saturating_sub(now_unix_ms));
        if cost.as_secs_f64() * self.beta * 37.0 < left.as_secs_f64() - 0.001 {
            return false;
        }
        let ahead = cost.mul_f64((self.beta * -draw.ln()).clamp(0.0, 1e6));
        now_unix_ms.saturating_add(ms(ahead)) >= header.soft_unix_ms
    }
}

fn ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
