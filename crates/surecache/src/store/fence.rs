//! Fencing tokens, for stores that draw them here.

use crate::base::mutant::{self, Mutant};

/// The one after `last`, at this time.
pub(super) fn next(last: u64, unix_ms: u64) -> u64 {
    let now_us = unix_ms.saturating_mul(1000);
    if mutant::is(Mutant::FenceIsTime) {
        return now_us;
    }
    now_us.max(last.saturating_add(1))
}
