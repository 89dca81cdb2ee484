//! What is told about a read that was no hit.

use std::fmt::Debug;

use super::outcome::Outcome;
use crate::base::Error;
use crate::entry::Refusal;

/// One read that was no hit.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The region, or [`Statistics::PLAIN`](super::Statistics::PLAIN).
    pub region: &'a str,
    /// How the read ended.
    pub outcome: Outcome,
    /// Why the entry that was found was not used, if one was.
    pub refusal: Option<Refusal>,
    /// A digest of the key: keys themselves never leave the process.
    pub key_digest: [u8; 8],
}

/// Is told of reads that are no hits.
///
/// Called by the reader, at the end of its way, with no lock held: an implementor owes to be quick.
pub trait Observer: Debug + Send + Sync {
    /// Takes an event.
    fn observe(&self, event: &Event<'_>);

    /// Takes what the store said instead of an answer: readers go on without it, so nobody else
    /// tells. Called for each, from any thread.
    fn trouble(&self, _error: &Error) {}
}
