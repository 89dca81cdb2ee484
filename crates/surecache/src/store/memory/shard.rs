//! One part of the entries, with the leases on them: what changes in one step.

use std::sync::Arc;
use std::time::Duration;

use super::super::{Acquired, Condition, Digest, Mark, Put, Token};
use super::sampled::Sampled;
use crate::base::mutant::{self, Mutant};
use crate::key::EntryKey;

/// Entries and leases behind one lock.
#[derive(Debug, Default)]
pub(super) struct Shard {
    pub(super) entries: Sampled<EntryKey, Stored>,
    pub(super) leases: Sampled<EntryKey, Lease>,
    /// Counts reads, to tell what was used long ago.
    tick: u64,
}

/// An entry.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) bytes: Arc<[u8]>,
    pub(super) expires_unix_ms: u64,
    /// The namespace's epoch when it was stored: differs after a clear.
    pub(super) epoch: u64,
    /// The shard's tick when it was last read or stored.
    pub(super) used: u64,
}

impl Stored {
    pub(super) fn is_alive(&self, at: When) -> bool {
        self.epoch == at.epoch && at.unix_ms < self.expires_unix_ms
    }

    /// What it counts against the capacity.
    pub(super) fn cost(&self, key: &EntryKey) -> u64 {
        cost(key, &self.bytes)
    }
}

/// The bytes that an entry counts against the capacity.
pub(super) fn cost(key: &EntryKey, bytes: &[u8]) -> u64 {
    (key.as_bytes().len() + bytes.len() + OVERHEAD_BYTES) as u64
}

/// When an entry is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct When {
    pub(super) unix_ms: u64,
    pub(super) epoch: u64,
}

/// The right to load an entry and store it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    pub(super) token: Token,
    pub(super) digest: Digest,
    /// Uptime at which it falls.
    pub(super) until: Duration,
}

impl Shard {
    pub(super) fn entry(&mut self, key: &EntryKey, at: When) -> Option<Arc<[u8]>> {
        self.tick += 1;
        let tick = self.tick;
        let stored = self.entries.get_mut(key).filter(|stored| stored.is_alive(at))?;
        stored.used = tick;
        Some(Arc::clone(&stored.bytes))
    }

    /// `Taken` comes without the entry: the caller reads it under the same lock.
    pub(super) fn acquire(
        &mut self,
        key: &EntryKey,
        wanted: Lease,
        replace: Option<Token>,
        uptime: Duration,
    ) -> Option<Acquired> {
        if let Some(standing) = self.standing(key, uptime)
            && standing.token != wanted.token
            && Some(standing.token) != replace
        {
            return Some(Acquired::Held { token: standing.token, digest: standing.digest });
        }
        if self.leases.insert(key, wanted).is_none() {
            self.leases.sweep(|lease| lease.until <= uptime);
        }
        None
    }

    pub(super) fn renew(
        &mut self,
        key: &EntryKey,
        token: Token,
        until: Duration,
        uptime: Duration,
    ) -> bool {
        match self.leases.get_mut(key) {
            Some(lease) if lease.token == token && uptime < lease.until => {
                lease.until = until;
                true
            }
            _ => false,
        }
    }

    pub(super) fn release(&mut self, key: &EntryKey, token: Token) {
        if self.leases.get(key).is_some_and(|lease| lease.token == token) {
            self.leases.remove(key);
        }
    }

    /// Deletes the entry and the lease on it.
    pub(super) fn delete(&mut self, key: &EntryKey) -> Option<Stored> {
        self.leases.remove(key);
        self.entries.remove(key)
    }

    /// What forbids a put, if anything does.
    pub(super) fn refusal(
        &self,
        key: &EntryKey,
        condition: Condition,
        at: When,
        uptime: Duration,
    ) -> Option<Put> {
        match condition {
            Condition::Always => None,
            Condition::Leased(token) => {
                let holds = self.standing(key, uptime).is_some_and(|lease| lease.token == token);
                (!holds && !mutant::is(Mutant::TokenUnchecked)).then_some(Put::Fenced)
            }
            Condition::Unchanged(read) => {
                let there = self.entries.get(key).filter(|stored| stored.is_alive(at));
                (there.map(|stored| Mark::of(&stored.bytes)) != read).then_some(Put::Changed)
            }
        }
    }

    /// Stores, ends the lease, and gives back what was there.
    pub(super) fn store(
        &mut self,
        key: &EntryKey,
        bytes: Arc<[u8]>,
        expires_unix_ms: u64,
        epoch: u64,
    ) -> Option<Stored> {
        self.tick += 1;
        self.leases.remove(key);
        self.entries.insert(key, Stored { bytes, expires_unix_ms, epoch, used: self.tick })
    }

    fn standing(&self, key: &EntryKey, uptime: Duration) -> Option<&Lease> {
        self.leases.get(key).filter(|lease| uptime < lease.until)
    }
}

/// Bytes that an entry costs beside its own: two table slots and two reference-counted headers.
const OVERHEAD_BYTES: usize = 128;
