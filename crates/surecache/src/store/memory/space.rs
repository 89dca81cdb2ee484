//! The contents of one namespace of one store.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::BytesMut;

use super::super::{Acquired, Condition, Generation, Incarnation, Put, Reading, Token};
use super::evict::evict_one;
use super::locks::Locks;
use super::sampled::Sampled;
use super::shard::{Lease, Shard, When, cost};
use super::wakes::Wakes;
use crate::base::mutant::{self, Mutant};
use crate::base::sync::{Arc, Mutex, MutexGuard, lock};
use crate::base::{Error, Moment, random};
use crate::key::{EntryKey, TagId};

/// Entries, leases, generations, reports and locks. No call holds two of the locks at once.
#[derive(Debug)]
pub(super) struct Space {
    pub(super) shards: [Mutex<Shard>; SHARDS],
    tags: [Mutex<Sampled<TagId, Standing>>; SHARDS],
    reports: Mutex<HashMap<[u8; 16], Vec<u8>>>,
    locks: Mutex<Locks>,
    wakes: Wakes,
    hashing: RandomState,
    /// Entries of another epoch are dead: so a clear costs nothing.
    epoch: AtomicU64,
    used_bytes: AtomicU64,
    /// 0 until somebody asked for one.
    capacity_bytes: AtomicU64,
}

/// A generation and the uptime until which it lives.
#[derive(Debug)]
pub(super) struct Standing {
    generation: Generation,
    until: Duration,
}

/// Every lock of a space, for the time of a fork.
#[derive(Debug)]
pub(super) struct Locked {
    _shards: [MutexGuard<'static, Shard>; SHARDS],
    _tags: [MutexGuard<'static, Sampled<TagId, Standing>>; SHARDS],
    _reports: MutexGuard<'static, HashMap<[u8; 16], Vec<u8>>>,
    _locks: MutexGuard<'static, Locks>,
}

impl Space {
    pub(super) fn new() -> Self {
        Self {
            shards: Default::default(),
            tags: Default::default(),
            reports: Mutex::default(),
            locks: Mutex::default(),
            wakes: Wakes::new(),
            hashing: RandomState::new(),
            epoch: AtomicU64::new(0),
            used_bytes: AtomicU64::new(0),
            capacity_bytes: AtomicU64::new(0),
        }
    }

    pub(super) fn limit_to(&self, bytes: u64) -> Result<(), Error> {
        if bytes == 0 {
            let message = "the capacity of a memory store wants at least 1 byte, found: 0";
            return Err(Error::misuse(message));
        }
        let set =
            self.capacity_bytes.compare_exchange(0, bytes, Ordering::Relaxed, Ordering::Relaxed);
        match set {
            Err(other) if other != bytes => Err(Error::misuse(format!(
                "the capacity of this memory store was set to {other} bytes before, found: {bytes}"
            ))),
            _ => Ok(()),
        }
    }

    pub(super) fn entry(&self, key: &EntryKey, unix_ms: u64) -> Option<BytesMut> {
        // Copied out after the lock is given back.
        let found = self.shard(key).entry(key, self.when(unix_ms));
        found.map(|bytes| BytesMut::from(&bytes[..]))
    }

    pub(super) fn acquire(
        &self,
        key: &EntryKey,
        wanted: Lease,
        replace: Option<Token>,
        now: Moment,
    ) -> Acquired {
        let mut shard = self.shard(key);
        if let Some(held) = shard.acquire(key, wanted, replace, now.uptime) {
            return held;
        }
        let entry = shard.entry(key, self.when(now.unix_ms));
        drop(shard);
        Acquired::Taken { entry: entry.map(|bytes| BytesMut::from(&bytes[..])) }
    }

    pub(super) fn renew(
        &self,
        key: &EntryKey,
        token: Token,
        until: Duration,
        uptime: Duration,
    ) -> bool {
        self.shard(key).renew(key, token, until, uptime)
    }

    pub(super) fn release(&self, key: &EntryKey, token: Token) {
        self.shard(key).release(key, token);
    }

    /// True where there was an entry.
    pub(super) fn delete(&self, key: &EntryKey, unix_ms: u64) -> bool {
        let mut shard = self.shard(key);
        let at = self.when(unix_ms);
        let deleted = shard.delete(key);
        let Some(stored) = deleted else { return false };
        self.used_bytes.fetch_sub(stored.cost(key), Ordering::Relaxed);
        stored.is_alive(at)
    }

    pub(super) fn put(
        &self,
        key: &EntryKey,
        bytes: &[u8],
        expires_unix_ms: u64,
        condition: Condition,
        now: Moment,
    ) -> Result<Put, Error> {
        let copy: Arc<[u8]> = bytes.into();
        let cost = cost(key, bytes);
        let mut shard = self.shard(key);
        let at = self.when(now.unix_ms);
        if let Some(refusal) = shard.refusal(key, condition, at, now.uptime) {
            return Ok(refusal);
        }
        if cost > self.capacity() {
            return Ok(Put::Full);
        }
        let before = shard.store(key, copy, expires_unix_ms, at.epoch);
        // Counted under the lock, so that nobody takes off what was not yet added.
        self.used_bytes.fetch_add(cost, Ordering::Relaxed);
        if let Some(before) = before {
            self.used_bytes.fetch_sub(before.cost(key), Ordering::Relaxed);
        }
        drop(shard);
        self.make_room(now.unix_ms)?;
        Ok(Put::Stored)
    }

    pub(super) fn clear(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn generation(&self, tag: &TagId, uptime: Duration) -> Option<Reading> {
        let tags = self.tag_shard(tag);
        tags.get(tag).filter(|standing| uptime < standing.until).map(Standing::reading)
    }

    pub(super) fn establish(
        &self,
        tag: &TagId,
        until: Duration,
        uptime: Duration,
    ) -> Result<Reading, Error> {
        let mut tags = self.tag_shard(tag);
        if let Some(standing) = tags.get_mut(tag).filter(|standing| uptime < standing.until) {
            standing.until = standing.until.max(until);
            return Ok(standing.reading());
        }
        let fresh = Standing { generation: fresh_generation()?, until };
        let reading = fresh.reading();
        tags.insert(tag, fresh);
        tags.sweep(|standing| standing.until <= uptime);
        Ok(reading)
    }

    pub(super) fn invalidate(&self, tag: &TagId) {
        self.tag_shard(tag).remove(tag);
    }

    pub(super) fn report(&self, writer: [u8; 16], record: &[u8]) {
        lock(&self.reports).insert(writer, record.to_vec());
    }

    pub(super) fn reports(&self) -> Vec<Vec<u8>> {
        lock(&self.reports).values().cloned().collect()
    }

    /// Who waits for locks; behind no lock of this space.
    pub(super) fn wakes(&self) -> &Wakes {
        &self.wakes
    }

    pub(super) fn locks(&self) -> MutexGuard<'_, Locks> {
        lock(&self.locks)
    }

    pub(super) fn lock_all(&'static self) -> Locked {
        Locked {
            _shards: self.shards.each_ref().map(lock),
            _tags: self.tags.each_ref().map(lock),
            _reports: lock(&self.reports),
            _locks: lock(&self.locks),
        }
    }

    /// Evicts until the entries fit again.
    fn make_room(&self, unix_ms: u64) -> Result<(), Error> {
        while self.used_bytes.load(Ordering::Relaxed) > self.capacity() {
            let start = usize::from(random::bytes::<1>()?[0]);
            let mut freed = None;
            for step in 0..SHARDS {
                let mut shard = lock(&self.shards[(start + step) % SHARDS]);
                freed = evict_one(&mut shard, self.when(unix_ms))?;
                if let Some(bytes) = freed {
                    self.used_bytes.fetch_sub(bytes, Ordering::Relaxed);
                    break;
                }
            }
            if freed.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn capacity(&self) -> u64 {
        match self.capacity_bytes.load(Ordering::Relaxed) {
            0 => DEFAULT_CAPACITY_BYTES,
            bytes => bytes,
        }
    }

    /// Read under the shard's lock: a put that does not see a clear's epoch comes before it.
    pub(super) fn when(&self, unix_ms: u64) -> When {
        When { unix_ms, epoch: self.epoch.load(Ordering::SeqCst) }
    }

    fn shard(&self, key: &EntryKey) -> MutexGuard<'_, Shard> {
        #[expect(clippy::cast_possible_truncation, reason = "any bits of a hash will do")]
        let hash = self.hashing.hash_one(key) as usize;
        lock(&self.shards[hash % SHARDS])
    }

    fn tag_shard(&self, tag: &TagId) -> MutexGuard<'_, Sampled<TagId, Standing>> {
        // A tag's name is a digest already.
        lock(&self.tags[usize::from(tag.0[0]) % SHARDS])
    }
}

impl Standing {
    fn reading(&self) -> Reading {
        Reading { generation: self.generation, incarnation: INCARNATION }
    }
}

fn fresh_generation() -> Result<Generation, Error> {
    if mutant::is(Mutant::GenerationsCount) {
        return Ok(Generation(1_u128.to_be_bytes()));
    }
    Ok(Generation(random::bytes()?))
}

/// More shards than threads that want the same instant on a machine of eight cores.
const SHARDS: usize = 16;

/// What an unlimited script may hold before it evicts.
const DEFAULT_CAPACITY_BYTES: u64 = 256 << 20;

/// There is one life only: the generations go with the process.
const INCARNATION: Incarnation = Incarnation(*b"memory, one life");
