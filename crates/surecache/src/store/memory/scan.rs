//! Walks through the keys.
//!
//! A walk goes down through the positions of a map. What is removed gives its position to the last,
//! which the walk has passed, or passes later because it moves down; what is new comes last. So
//! nothing that stays is missed, and what moves is met twice.
//!
//! Of each shard the leases come first. A put ends a lease and leaves an entry, which is met then.

use std::num::NonZeroU32;

use super::sampled::Sampled;
use super::shard::{Shard, When};
use super::space::Space;
use crate::base::Error;
use crate::base::sync::lock;
use crate::key::{EntryClass, EntryKey, Glob};
use crate::store::{Listed, Scanned};

/// Where a walk goes on.
#[derive(Clone, Copy, Debug)]
struct Cursor {
    shard: usize,
    /// Whether the leases of the shard are over.
    is_at_entries: bool,
    /// The positions below this are left.
    below: usize,
}

impl Space {
    /// Lists what matches among the next `count` positions.
    pub(super) fn scan(
        &self,
        glob: &Glob,
        cursor: &[u8],
        count: NonZeroU32,
        listed: Listed,
        unix_ms: u64,
    ) -> Result<Scanned, Error> {
        let mut at = match cursor {
            [] => Cursor::start(0, listed),
            cursor => Cursor::from_bytes(cursor)?,
        };
        let (mut keys, mut left) = (Vec::new(), count.get() as usize);
        while let Some(shard) = self.shards.get(at.shard) {
            if left == 0 {
                return Ok(Scanned { keys, cursor: Some(at.to_bytes()) });
            }
            let shard = lock(shard);
            left = at.step(&shard, left, glob, self.when(unix_ms), &mut keys);
            if at.below == 0 {
                at = at.next(listed);
            }
        }
        Ok(Scanned { keys, cursor: None })
    }
}

impl Cursor {
    fn start(shard: usize, listed: Listed) -> Self {
        Self { shard, is_at_entries: listed == Listed::Entries, below: usize::MAX }
    }

    fn next(self, listed: Listed) -> Self {
        match self.is_at_entries {
            true => Self::start(self.shard + 1, listed),
            false => Self { is_at_entries: true, below: usize::MAX, ..self },
        }
    }

    /// Goes down by at most `most` positions; how many are left of them.
    fn step(
        &mut self,
        shard: &Shard,
        most: usize,
        glob: &Glob,
        at: When,
        keys: &mut Vec<Vec<u8>>,
    ) -> usize {
        match self.is_at_entries {
            true => self.down(&shard.entries, most, glob, |stored| stored.is_alive(at), keys),
            // Whatever their time: a put that began before looks at an earlier one.
            false => self.down(&shard.leases, most, glob, |_| true, keys),
        }
    }

    fn down<V>(
        &mut self,
        map: &Sampled<EntryKey, V>,
        most: usize,
        glob: &Glob,
        is_there: impl Fn(&V) -> bool,
        keys: &mut Vec<Vec<u8>>,
    ) -> usize {
        let high = self.below.min(map.len());
        self.below = high.saturating_sub(most);
        for position in (self.below..high).rev() {
            let (key, value) = map.at(position);
            let is_plain = key.class() == EntryClass::Plain;
            if is_plain && is_there(value) && glob.matches(key.as_bytes()) {
                keys.push(key.as_bytes().to_vec());
            }
        }
        most - (high - self.below)
    }

    fn to_bytes(self) -> Vec<u8> {
        let words = [self.shard, usize::from(self.is_at_entries), self.below];
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (words, rest) = bytes.as_chunks();
        match (words, rest) {
            ([shard, kind, below], []) => Ok(Self {
                shard: usize::from_le_bytes(*shard),
                is_at_entries: usize::from_le_bytes(*kind) != 0,
                below: usize::from_le_bytes(*below),
            }),
            _ => Err(Error::misuse("wanted a cursor that the store gave, found: another")),
        }
    }
}
