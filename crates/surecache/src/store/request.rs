//! What a store is asked.

use std::num::NonZeroU32;
use std::time::Duration;

use super::native::Native;
use crate::base::Error;
use crate::entry::Command;
use crate::key::{EntryKey, Glob, LockName, TagId};

/// One thing that a store is asked to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Request<'a> {
    /// Asks for the lease on an entry: the right to load and store it.
    ///
    /// One step. A lease that stands (not released, not deleted, not past its period) under another
    /// token is left alone, unless that token is `replace`. Otherwise `token` holds it for
    /// `period`. Asking again with the token that holds it prolongs it.
    /// Answer: [`Reply::Acquired`](super::Reply::Acquired).
    Acquire {
        /// The entry.
        entry: &'a EntryKey,
        /// Who asks; never used before by another.
        token: Token,
        /// Which generations the load will be stamped with.
        digest: Digest,
        /// How long the lease stands without renewal.
        period: Duration,
        /// A token that may be put aside.
        replace: Option<Token>,
    },
    /// Makes every entry of the namespace absent; leases and generations stay.
    /// Answer: [`Reply::Done`](super::Reply::Done).
    Clear,
    /// Does a command on collections, whose types the server has itself. The command is one step,
    /// and so are the renames before it. Asked only of a store that
    /// [keeps collections](super::Store::keeps_collections).
    /// Answer: [`Reply::Collected`](super::Reply::Collected).
    Collect {
        /// The keys that it is about, in the order that the operation names.
        entries: &'a [EntryKey],
        /// What to do; members and values are sealed.
        command: &'a Command,
        /// Members in an older form and in the newest: replaced first, wherever they are found.
        renames: &'a [(Vec<u8>, Vec<u8>)],
    },
    /// Gives the collection under a key another expiry, `u64::MAX` for none.
    /// Answer: [`Reply::Deleted`](super::Reply::Deleted), how many there were.
    CollectionExpire {
        /// The key.
        entry: &'a EntryKey,
        /// When it ends; milliseconds since 1970-01-01 UTC.
        expires_unix_ms: u64,
    },
    /// How long the collection under a key still lives.
    /// Answer: [`Reply::Expiry`](super::Reply::Expiry).
    CollectionExpiry {
        /// The key.
        entry: &'a EntryKey,
    },
    /// Deletes entries and the leases on them, so that a put in flight is void. Each entry with
    /// its lease in one step. Answer: [`Reply::Deleted`](super::Reply::Deleted), how many entries
    /// there were (an entry past its expiry is none).
    Delete {
        /// The entries.
        entries: &'a [EntryKey],
    },
    /// Creates the generations that are absent, with fresh random bytes, prolongs all to at least
    /// `life`, and reads them back. A generation that is there is never rewritten. Creating one is
    /// one step; the list may be split.
    /// Answer: [`Reply::Generations`](super::Reply::Generations), in the order asked.
    Establish {
        /// The tags.
        tags: &'a [TagId],
        /// How long the generations must live from now on.
        life: Duration,
    },
    /// Asks by which policy the store drops what is not over yet for room, locks among it.
    /// Answer: [`Reply::Eviction`](super::Reply::Eviction).
    Eviction,
    /// Reads an entry and generations. May be split in any order.
    /// Answer: [`Reply::Fetched`](super::Reply::Fetched).
    Fetch {
        /// The entry.
        entry: &'a EntryKey,
        /// The tags.
        tags: &'a [TagId],
    },
    /// Reads many entries and generations. May be split in any order.
    /// Answer: [`Reply::FetchedMany`](super::Reply::FetchedMany), in the order asked.
    FetchMany {
        /// The entries.
        entries: &'a [EntryKey],
        /// The tags.
        tags: &'a [TagId],
    },
    /// Reads who holds the places of a lock or semaphore.
    /// Answer: [`Reply::Holders`](super::Reply::Holders), in no order.
    Holders {
        /// Which.
        lock: &'a LockName,
        /// How many places it has.
        places: u32,
    },
    /// Deletes generations: blind, idempotent, in any order, allowed when the store is full.
    /// Answer: [`Reply::Done`](super::Reply::Done).
    Invalidate {
        /// The tags.
        tags: &'a [TagId],
    },
    /// Takes a free place of a lock or semaphore for `period`. One step, with the drawing of a
    /// fencing token that is greater than every one drawn before in the namespace: the last one and
    /// one more, or the store's time in microseconds where that is greater. No clear, release or
    /// expiry makes it fall. Places are told apart by number: who asks for fewer than others do
    /// uses the first of theirs.
    /// Answer: [`Reply::Locked`](super::Reply::Locked).
    Lock {
        /// Which.
        lock: &'a LockName,
        /// Who asks; never used before, by nobody.
        token: Token,
        /// How many places it has.
        places: u32,
        /// How long the place is held, unless that is prolonged.
        period: Duration,
    },
    /// Changes how long a place is held from now on, where `token` holds one. One step.
    /// Answer: [`Reply::Prolonged`](super::Reply::Prolonged).
    Prolong {
        /// Which.
        lock: &'a LockName,
        /// Who holds it.
        token: Token,
        /// How many places it has.
        places: u32,
        /// By how much.
        by: Prolongation,
    },
    /// Does by the server's own commands what other programs do to the same entry. A store that no
    /// other program writes to refuses it as misuse.
    /// Answer: [`Reply::Native`](super::Reply::Native).
    Native {
        /// The entry.
        entry: &'a EntryKey,
        /// What.
        act: Native<'a>,
    },
    /// Leaves a small record under the name of its writer, for [`Request::Reports`]; an earlier
    /// one is replaced. Answer: [`Reply::Done`](super::Reply::Done).
    Report {
        /// Who writes.
        writer: [u8; 16],
        /// What.
        record: &'a [u8],
    },
    /// Reads the records of all writers of the namespace.
    /// Answer: [`Reply::Reports`](super::Reply::Reports).
    Reports,
    /// Stores an entry until `expires_unix_ms` (`u64::MAX`: for ever), where `condition` holds.
    /// One step, condition included.
    /// Answer: [`Reply::Put`](super::Reply::Put); from a server, where [`Condition::Unchanged`]
    /// does not hold, [`Reply::Fetched`](super::Reply::Fetched) with what stands there.
    Put {
        /// The entry.
        entry: &'a EntryKey,
        /// Its bytes.
        bytes: &'a [u8],
        /// When the store may forget it; milliseconds since 1970-01-01 UTC.
        expires_unix_ms: u64,
        /// When to store at all.
        condition: Condition,
    },
    /// Gives back the lease on an entry, where `token` holds it. One step.
    /// Answer: [`Reply::Done`](super::Reply::Done).
    Release {
        /// The entry.
        entry: &'a EntryKey,
        /// Who held it.
        token: Token,
    },
    /// Prolongs the lease on an entry to `period` from now, where `token` holds it. One step.
    /// Answer: [`Reply::Renewed`](super::Reply::Renewed).
    Renew {
        /// The entry.
        entry: &'a EntryKey,
        /// Who holds it.
        token: Token,
        /// How long.
        period: Duration,
    },
    /// Lists plain entries whose keys match, some at a time. A walk begins with an empty cursor,
    /// and goes on with the one of the last answer until there is none.
    ///
    /// A key of which something is there to be listed all through a walk is listed at least once,
    /// whatever others write and evict meanwhile; a lease on which an entry was put is as good as
    /// the entry. What comes and goes may be listed or not, and a key more than once. A walk ends.
    /// Keys alone are looked at: whether what is there is believed is not known.
    /// Answer: [`Reply::Scanned`](super::Reply::Scanned).
    Scan {
        /// What the keys match.
        glob: &'a Glob,
        /// Where to go on.
        cursor: &'a [u8],
        /// About how many places to look at in this step, most of which may have nothing to list.
        count: NonZeroU32,
        /// What is there of a key that is listed.
        listed: Listed,
    },
    /// Gives back the place that `token` holds, where it holds one. One step.
    /// Answer: [`Reply::Unlocked`](super::Reply::Unlocked).
    Unlock {
        /// Which.
        lock: &'a LockName,
        /// Who held it.
        token: Token,
        /// How many places it has.
        places: u32,
    },
}

impl Request<'_> {
    /// The answer of a store that no other program writes to.
    pub(super) fn not_native() -> Error {
        Error::misuse("wanted a server that other programs write to, found a store of surecache")
    }

    /// True for what must arrive even at a server that did not answer the last requests: nothing
    /// that was stored before may be believed afterwards.
    #[cfg(feature = "redis")]
    pub(super) fn ends_validity(&self) -> bool {
        match self {
            Self::Clear | Self::Delete { .. } | Self::Invalidate { .. } => true,
            // What is listed is going to be deleted.
            Self::Scan { listed, .. } => *listed == Listed::EntriesAndLeases,
            _ => false,
        }
    }
}

/// Which keys a walk lists.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Listed {
    /// Those that have an entry, not past its expiry.
    Entries,
    /// Those too that have a lease only: they are being loaded.
    EntriesAndLeases,
}

/// When a put is carried out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Condition {
    /// Always; ends the lease on the entry, so that a load in flight does not overwrite it.
    Always,
    /// Where this token holds the lease; ends the lease.
    Leased(Token),
    /// Where the entry still is what was read: absent, or beginning with the mark. Ends the lease.
    Unchanged(Option<Mark>),
}

/// By how much a place is held longer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Prolongation {
    /// So much longer than it is held now.
    Add(Duration),
    /// So long from now on.
    Set(Duration),
}

impl Prolongation {
    /// The uptime until which a place is held that was held until `until`.
    pub(super) fn applied_to(self, until: Duration, uptime: Duration) -> Duration {
        match self {
            Self::Add(more) => until.saturating_add(more),
            Self::Set(period) => uptime.saturating_add(period),
        }
    }
}

/// Who holds, or wants, a lease or a lock: 16 bytes never used before.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Token(pub [u8; 16]);

/// A digest of the generations that a load is stamped with.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Digest(pub [u8; 16]);

/// The first bytes of an entry, which differ for each time that it was sealed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Mark([u8; Mark::BYTES]);

impl Mark {
    /// Format version, kind, key id and nonce: see `docs/reference/format.md`.
    pub const BYTES: usize = 24;

    /// The mark of an entry's bytes; a shorter (foreign) entry is filled up with zeros.
    pub fn of(entry: &[u8]) -> Self {
        let mut mark = [0; Self::BYTES];
        let length = entry.len().min(Self::BYTES);
        mark[..length].copy_from_slice(&entry[..length]);
        Self(mark)
    }

    /// Its bytes.
    #[cfg(feature = "redis")]
    pub(super) fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}
