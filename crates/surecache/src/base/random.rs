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
    let draw = u64::from_le_bytes(bytes()?) >> 12;
    #[expect(clippy::cast_precision_loss, reason = "52 bits fit a f64 exactly")]
    let draw = draw as f64;
    Ok((draw + 0.5) / (1_u64 << 52) as f64)
}
