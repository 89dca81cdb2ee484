//! What a server says instead of an answer.

use std::fmt;

use crate::base::Error;

/// An error reply, or a reply that is no answer to what was asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Refused {
    /// The first word: what programs tell errors apart by.
    code: String,
    text: String,
}

/// The error reply of this text.
pub(super) fn of(error: &str) -> Refused {
    let code = error.split(' ').next().unwrap_or_default().to_owned();
    // Servers repeat what they were sent, which may be a key: that part is left out.
    let end = error.find(", with args").unwrap_or(error.len());
    let text = error[..end].chars().take(MOST_CHARS).collect();
    Refused { code, text }
}

impl Refused {
    /// A reply of a form that was not expected.
    pub(super) fn unexpected(found: &str) -> Self {
        Self { code: String::new(), text: format!("an answer that was not asked for: {found}") }
    }

    /// True where the server does not know a script (any more).
    pub(super) fn is_unknown_script(&self) -> bool {
        self.code == "NOSCRIPT"
    }

    /// True where the key holds something of another type. Scripts put words of their own before.
    pub(super) fn is_wrong_kind(&self) -> bool {
        self.text.contains("WRONGTYPE")
    }

    /// True where there is no room for a write. A transaction says so at its end.
    pub(super) fn is_full(&self) -> bool {
        self.code == "OOM" || self.text.contains("OOM command not allowed")
    }

    /// True where what stands there is no integer of 64 bits.
    pub(super) fn is_no_number(&self) -> bool {
        self.code == "WRONGTYPE" || self.text.contains("not an integer or out of range")
    }

    /// True where a sum would not fit 64 bits.
    pub(super) fn is_overflow(&self) -> bool {
        self.text.contains("would overflow")
    }

    /// True where the server is not what it was, or not yet: it is to be asked who it is.
    pub(super) fn is_doubtful(&self) -> bool {
        // In scripts older servers put words of their own before the code.
        let is_readonly = self.text.contains("READONLY You can't write");
        let doubtful = ["ASK", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "MOVED", "TRYAGAIN"];
        is_readonly || doubtful.contains(&self.code.as_str())
    }

    /// True where nothing can be had from the server for now, whatever is asked.
    pub(super) fn is_outage(&self) -> bool {
        matches!(self.code.as_str(), "CLUSTERDOWN" | "LOADING" | "MASTERDOWN")
            || self.text.contains("max number of clients")
    }

    /// As the crate's error. `what` is what the server was asked to do.
    pub(super) fn error(&self, what: &str) -> Error {
        let error = Error::unavailable(format!("the Redis server did not {what}: {}", self.text));
        match self.code.as_str() {
            "NOPERM" => error.with_hint("docs/guides/redis.md lists the rules that the user needs"),
            "NOAUTH" | "WRONGPASS" => error.with_hint("give user and password of the server"),
            _ => error,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Longer than any text of a server that tells something.
const MOST_CHARS: usize = 160;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_was_sent_is_not_repeated() {
        let refused = of("ERR unknown command 'X', with args beginning with: 'the key' ");
        assert_eq!(refused.to_string(), "ERR unknown command 'X'");
    }

    #[test]
    fn no_room_is_told_from_other_errors() {
        assert!(of("OOM command not allowed when used memory > 'maxmemory'.").is_full());
        assert!(
            of("EXECABORT Transaction discarded because of: OOM command not allowed").is_full()
        );
        assert!(!of("MISCONF Redis is configured to save RDB snapshots").is_full());
    }
}
