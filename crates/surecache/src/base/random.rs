//! Random bytes, always from the kernel: state kept in the process would repeat itself in a forked
//! child.

use std::sync::atomic::{AtomicU64, Ordering};

use super::clock::Moment;
use super::error::Error;

/// `N` fresh random bytes.
///
/// # Errors
/// [`ErrorKind::Unavailable`](super::ErrorKind::Unavailable) where the kernel has none to give.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) => Err(Error::unavailable("no random bytes from the kernel").with_source(error)),
    }
}

/// A number from the open interval (0, 1).
///
/// # Errors
/// As [`bytes`].
pub(crate) fn unit() -> Result<f64, Error> {
    Ok(between(u64::from_le_bytes(bytes()?)))
}

/// A number from (0, 1) that differs from call to call, without a call to the kernel: good enough
/// to spread refreshes, and for nothing that must not be guessed. The clock keeps a forked child
/// from repeating its parent.
///
/// Source: the output function of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
pub(crate) fn spread(now: Moment) -> f64 {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let calls = CALLS.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
    let mut bits = calls ^ u64::from(now.uptime.subsec_nanos()).wrapping_mul(0xd6e8_feb8_6659_fd93);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    between(bits ^ (bits >> 31))
}

#[expect(clippy::cast_precision_loss, reason = "52 bits fit a f64 exactly")]
fn between(draw: u64) -> f64 {
    ((draw >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
}
