//! What a store answers.

use std::time::Duration;

use bytes::BytesMut;

use super::native::Acted;
use super::request::{Digest, Token};
use crate::entry::{Answer, Kind};

/// The answer to one [`Request`](super::Request).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Reply {
    /// To `Acquire`.
    Acquired(Acquired),
    /// To `Collect`.
    Collected(Answer),
    /// To `Delete`: how many entries there were.
    Deleted(usize),
    /// To requests that have nothing to tell.
    Done,
    /// To `Eviction`: the policy's name; `None` where locks stay until they are over.
    Eviction(Option<String>),
    /// To `CollectionExpiry`: what is left, `None` for no end; the outer `None` without a
    /// collection.
    Expiry(Option<Option<Duration>>),
    /// To `Fetch`.
    Fetched(Fetched),
    /// To `FetchMany`.
    FetchedMany {
        /// The entries' bytes, in the order asked.
        entries: Vec<Option<BytesMut>>,
        /// The generations, in the order asked.
        generations: Vec<Option<Reading>>,
    },
    /// To `Fetch` without tags, where a server keeps a collection under the key.
    Held(Kind),
    /// To `Establish`, in the order asked. One that could not be created is absent.
    Generations(Vec<Option<Reading>>),
    /// To `Holders`.
    Holders(Vec<Token>),
    /// To `Lock`.
    Locked(Locked),
    /// To `Prolong`: how long the place is held now; `None` where the token holds none.
    Prolonged(Option<Duration>),
    /// To `Native`.
    Native(Acted),
    /// To `Put`.
    Put(Put),
    /// To `Renew`: true where the token still held the lease.
    Renewed(bool),
    /// To `Reports`: the records of all writers.
    Reports(Vec<Vec<u8>>),
    /// To `Scan`.
    Scanned(Scanned),
    /// To `Unlock`: true where the token still held a place.
    Unlocked(bool),
}

/// The answer to `Acquire`.
#[derive(Clone, Debug)]
pub enum Acquired {
    /// Somebody else holds the lease.
    Held {
        /// Who.
        token: Token,
        /// Which generations that load is stamped with.
        digest: Digest,
    },
    /// The asker holds the lease now.
    Taken {
        /// The entry as it was in the same step: a load may have ended just before.
        entry: Option<BytesMut>,
    },
}

/// The answer to `Fetch`.
#[derive(Clone, Debug, Default)]
pub struct Fetched {
    /// The entry's bytes as found, the asker's own; `None` where absent or past its expiry.
    pub entry: Option<BytesMut>,
    /// The generations, in the order asked.
    pub generations: Vec<Option<Reading>>,
}

/// The answer to `Scan`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Scanned {
    /// The keys of plain entries.
    pub keys: Vec<Vec<u8>>,
    /// Where the walk goes on; `None` at its end.
    pub cursor: Option<Vec<u8>>,
}

/// The answer to `Lock`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Locked {
    /// All places are held.
    Full {
        /// How long until the first of them falls free by itself; `None` where that is not known.
        left: Option<Duration>,
    },
    /// The asker holds a place now.
    Taken {
        /// Greater than every one that was drawn before.
        fencing_token: u64,
    },
}

/// What became of a put.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Put {
    /// The entry is no longer what was read.
    Changed,
    /// The token does not hold the lease.
    Fenced,
    /// There is no room, even after an eviction.
    Full,
    /// Stored.
    Stored,
}

/// A generation and the incarnation of the server that served it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Reading {
    /// The generation's bytes.
    pub generation: Generation,
    /// Who served it.
    pub incarnation: Incarnation,
}

/// The random bytes that stand for one span of a tag's validity.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Generation(pub [u8; 16]);

/// Which life of which server: differs after a restart, a promotion, a restored dump.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Incarnation(pub [u8; 16]);
