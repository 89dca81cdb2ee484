//! The one error type of the crate.

use std::error::Error as StdError;
use std::fmt;

/// Something that the cache could not do.
///
/// Opaque: ask [`Error::kind`] or a predicate. What a reader meets in normal operation (a miss, an
/// expired entry, a lost lease) is an outcome, never an error.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What sort of thing went wrong.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Stored bytes or the store's own files are damaged.
    Corrupt,
    /// A lock is not held any more: its time was over before it was released.
    LockLost,
    /// The caller asked for something that makes no sense: mend the calling code or a setting.
    Misuse,
    /// Somebody else's load did not end in time.
    Timeout,
    /// The store could not be reached or refused.
    Unavailable,
    /// The key holds another kind of thing than the call is for.
    WrongKind,
}

impl Error {
    /// An error in the caller's code or settings. `message` says what was wanted and what was
    /// found, the value last, after a colon.
    pub fn misuse(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Misuse, message)
    }

    /// The store did not do what it was asked.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unavailable, message)
    }

    /// The key holds something else.
    pub fn wrong_kind(wanted: impl fmt::Display, found: impl fmt::Display) -> Self {
        let message = format!("wanted {wanted} under the key, found: {found}");
        Self::new(ErrorKind::WrongKind, message)
    }

    /// Damaged bytes.
    pub fn corrupt(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Corrupt, message)
    }

    /// A load that did not end in time.
    pub fn timeout(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Timeout, message)
    }

    /// An error of a kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), hint: None, source: None }))
    }

    /// Adds what to do about it; shown on a line of its own.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds the error below this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What sort of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// True where a lock is not held any more.
    pub fn is_lock_lost(&self) -> bool {
        self.0.kind == ErrorKind::LockLost
    }

    /// True where the calling code or a setting is wrong.
    pub fn is_misuse(&self) -> bool {
        self.0.kind == ErrorKind::Misuse
    }

    /// True where the store could not be reached or refused.
    pub fn is_unavailable(&self) -> bool {
        self.0.kind == ErrorKind::Unavailable
    }

    /// True where the key holds something else.
    pub fn is_wrong_kind(&self) -> bool {
        self.0.kind == ErrorKind::WrongKind
    }

    /// True where somebody else's load did not end in time.
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(source) = &self.0.source {
            write!(f, ": {source}")?;
        }
        if let Some(hint) = &self.0.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}: {self})", self.0.kind)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.source {
            Some(source) => Some(source.as_ref()),
            None => None,
        }
    }
}
