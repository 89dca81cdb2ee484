//! The plan of a change to a plain entry that depends on what it was: add, count, replace, touch.
//!
//! Read, decide, put where the entry is still what was read; again where it is not. An entry past
//! its expiry, or one that is refused, counts as absent: the header is the authority.

use super::step::Seen;
use crate::entry::{Codec, Entry, Kind, NEVER, Payload};

/// A change to a plain entry.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    /// Stores a value where there is none.
    Add { codec: Codec, payload: Payload, hard_unix_ms: u64 },
    /// Adds to a number, keeping its expiry; where there is none, to `start`, without an expiry.
    Count { delta: i64, start: Option<i64> },
    /// Stores a value where there is one.
    Replace { codec: Codec, payload: Payload, hard_unix_ms: u64 },
    /// Gives an entry another expiry.
    Touch { hard_unix_ms: u64 },
}

/// What is to be done about an entry as it was read.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// Nothing: there is a value.
    Exists,
    /// Nothing: there is a collection, which is no value to replace or to count with.
    IsCollection(Kind),
    /// Nothing: there is no value.
    Missing,
    /// Nothing: the value is no integer.
    NotANumber,
    /// Nothing: the sum does not fit 64 bits.
    Overflow,
    /// To store this.
    Put { codec: Codec, payload: Payload, hard_unix_ms: u64 },
}

impl Edit {
    /// Decides, by what was read and the time.
    pub(crate) fn decide(&self, seen: &Seen, now_unix_ms: u64) -> Verdict {
        let entry = match seen {
            Seen::Entry(entry) if !is_past(entry.header.hard_unix_ms, now_unix_ms) => Some(entry),
            _ => None,
        };
        let kind = entry.and_then(|entry| kind_of(entry));
        match (self, entry) {
            (Self::Add { .. }, Some(_)) => Verdict::Exists,
            (Self::Count { .. } | Self::Replace { .. }, Some(_)) if let Some(kind) = kind => {
                Verdict::IsCollection(kind)
            }
            (Self::Add { codec, payload, hard_unix_ms }, None)
            | (Self::Replace { codec, payload, hard_unix_ms }, Some(_)) => Verdict::Put {
                codec: *codec,
                payload: payload.clone(),
                hard_unix_ms: *hard_unix_ms,
            },
            (Self::Count { delta, start: Some(start) }, None) => sum(*start, *delta, NEVER),
            (Self::Count { .. } | Self::Replace { .. } | Self::Touch { .. }, None) => {
                Verdict::Missing
            }
            (Self::Count { delta, .. }, Some(entry)) => {
                match number(entry.header.codec, &entry.payload) {
                    None => Verdict::NotANumber,
                    Some(number) => sum(number, *delta, entry.header.hard_unix_ms),
                }
            }
            (Self::Touch { hard_unix_ms }, Some(entry)) => Verdict::Put {
                codec: entry.header.codec,
                payload: entry.payload.clone(),
                hard_unix_ms: *hard_unix_ms,
            },
        }
    }
}

fn sum(number: i64, delta: i64, hard_unix_ms: u64) -> Verdict {
    match number.checked_add(delta) {
        None => Verdict::Overflow,
        Some(sum) => Verdict::Put {
            codec: Codec::Integer,
            payload: sum.to_string().into_bytes().into(),
            hard_unix_ms,
        },
    }
}

/// True where an expiry has come.
pub(crate) fn is_past(hard_unix_ms: u64, now_unix_ms: u64) -> bool {
    hard_unix_ms != NEVER && hard_unix_ms <= now_unix_ms
}

/// What kind of collection an entry is; `None` for a plain value.
pub(crate) fn kind_of(entry: &Entry) -> Option<Kind> {
    match entry.header.codec {
        Codec::Collection => Kind::of_payload(&entry.payload),
        _ => None,
    }
}

/// The number in a payload of [`Codec::Integer`].
pub(crate) fn number(codec: Codec, payload: &[u8]) -> Option<i64> {
    if codec != Codec::Integer {
        return None;
    }
    std::str::from_utf8(payload).ok()?.parse().ok()
}
