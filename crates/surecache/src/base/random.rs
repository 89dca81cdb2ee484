//! Random bytes, always from the kernel: state kept in the process would repeat itself in a forked
//! child.

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

/// 16 random bytes and a number from (0, 1), by one call to the kernel: a read needs both.
///
/// # Errors
/// As [`bytes`].
pub(crate) fn token_and_unit() -> Result<([u8; 16], f64), Error> {
    let bytes: [u8; 24] = bytes()?;
    let (mut token, mut draw) = ([0; 16], [0; 8]);
    token.copy_from_slice(&bytes[..16]);
    draw.copy_from_slice(&bytes[16..]);
    Ok((token, between(u64::from_le_bytes(draw))))
}

#[expect(clippy::cast_precision_loss, reason = "52 bits fit a f64 exactly")]
fn between(draw: u64) -> f64 {
    ((draw >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
}
