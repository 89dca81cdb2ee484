//! What is done to an entry by a server's own commands, because other programs do the same.

use std::time::Duration;

use super::request::Mark;

/// A change to an entry, or a look at it, in one step.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Native<'a> {
    /// Adds to a number that stands there as decimal text, keeping its expiry; where there is none,
    /// to `start`, without an expiry. Ends the lease.
    /// Answer: [`Acted::Number`], `Missing`, `NotANumber`, `Overflow` or `Full`.
    Count {
        /// What is added.
        delta: i64,
        /// What is added to where there is nothing; `None`: nothing is done there.
        start: Option<i64>,
    },
    /// Stores bytes in place of others, keeping their expiry; ends the lease.
    /// Answer: [`Acted::Done`], `Changed` or `Full`.
    Exchange {
        /// What must stand there, to the byte.
        seen: &'a [u8],
        /// What takes its place.
        bytes: &'a [u8],
        /// The longest that it may still live; `None` for ever. Where it was prolonged meanwhile
        /// the bytes may say another expiry than the server: that is a change too.
        left: Option<Duration>,
    },
    /// Gives an entry another expiry where it still begins as it was read.
    /// Answer: [`Acted::Done`] or `Changed`.
    Expire {
        /// How it begins.
        mark: Mark,
        /// When the store may forget it; `u64::MAX`: never.
        expires_unix_ms: u64,
    },
    /// Reads how long an entry still lives. Answer: [`Acted::Left`] or `Missing`.
    Left,
}

/// What came of a [`Native`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Acted {
    /// The entry is not what it was; nothing was done.
    Changed,
    /// Done.
    Done,
    /// There is no room.
    Full,
    /// How long it lives; `None` for ever.
    Left(Option<Duration>),
    /// There is no entry.
    Missing,
    /// The entry is no decimal text of 64 bits.
    NotANumber,
    /// The number now.
    Number(i64),
    /// The sum does not fit 64 bits; nothing was done.
    Overflow,
}
