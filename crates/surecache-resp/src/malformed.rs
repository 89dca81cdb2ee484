//! Why bytes are no reply.

use std::error::Error;
use std::fmt;

/// A reply that breaks the protocol or a limit: where, what was wanted and what was found.
///
/// Nothing that follows on the same connection can be trusted: close it. The text shows one
/// byte or one length of what was received and no more: that may be part of a stored value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    at: u64,
    text: Box<str>,
}

impl Malformed {
    #[cold]
    pub(crate) fn new(at: u64, wanted: &str, found: &str) -> Self {
        Self { at, text: format!("wanted {wanted}, found {found}").into() }
    }

    /// Found another byte, or the end of the line in its place.
    #[cold]
    pub(crate) fn byte(at: u64, wanted: &str, found: Option<u8>) -> Self {
        match found {
            Some(byte) => Self::new(at, wanted, &format!("byte: '{}'", byte.escape_ascii())),
            None => Self::new(at, wanted, "the end of the line"),
        }
    }

    /// The place of the wrong byte in all that was received; 0 is the first.
    pub fn position(&self) -> u64 {
        self.at
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "byte {}: {}", self.at, self.text)
    }
}

impl Error for Malformed {}
