//! What commands are answered.

/// The answer to a [`Command`](super::Command).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// How many.
    Count(u64),
    /// Done, or nothing to do.
    Done,
    /// Whether, for each that was asked for.
    Flags(Vec<bool>),
    /// Fields and their values.
    Items(Vec<(Vec<u8>, Vec<u8>)>),
    /// Members, fields or elements.
    Members(Vec<Vec<u8>>),
    /// The sum of scores would be no number; nothing was changed.
    NotANumber,
    /// There is no element at the index.
    OutOfRange,
    /// A part of the members, and where the next one begins.
    Page {
        /// 0 at the end.
        cursor: u64,
        /// The part.
        members: Vec<Vec<u8>>,
    },
    /// A rank and the score there; `None` without the member.
    Rank(Option<(u64, f64)>),
    /// The score of a member; `None` without it, or where a rule kept it from being changed.
    Score(Option<f64>),
    /// Members with scores, in order.
    Scored(Vec<(Vec<u8>, f64)>),
    /// The values of the fields that were asked for, in their order.
    Values(Vec<Option<Vec<u8>>>),
}

impl Answer {
    /// A count.
    pub(super) fn count(count: usize) -> Self {
        Self::Count(count as u64)
    }
}
