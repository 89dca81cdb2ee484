//! Walks through the keys.
//!
//! Records lie in the order of hashes, so a walk that goes on behind the last one meets each that
//! stays once, and ends however much is written. An entry and the lease on it are seen in one
//! transaction. Names are hashed: an entry's key stands in its header, a lease's in its record.

use std::num::NonZeroU32;
use std::ops::Bound;

use super::entries::Call;
use super::environment::Environment;
use super::record::{EntryHead, Kind, Lease, NAME_BYTES};
use crate::base::Error;
use crate::entry::plain_key;
use crate::key::{EntryKey, Glob};
use crate::store::{Listed, Scanned};

/// What is wanted of a walk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk<'a> {
    pub(super) glob: &'a Glob,
    pub(super) count: NonZeroU32,
    pub(super) listed: Listed,
}

/// Where a walk goes on: behind a record of a shard.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor {
    shard: usize,
    behind: Option<[u8; NAME_BYTES]>,
}

impl Call<'_> {
    /// Lists what matches among the next `count` records.
    pub(super) fn scan(&self, walk: Walk<'_>, cursor: Cursor) -> heed::Result<Scanned> {
        let (mut keys, mut at, mut left) = (Vec::new(), cursor, walk.count.get());
        while let Some(shard) = self.opened.shards.get(at.shard) {
            if left == 0 {
                return Ok(Scanned { keys, cursor: Some(at.to_bytes()) });
            }
            at = self.step(shard, walk, at, &mut left, &mut keys)?;
        }
        Ok(Scanned { keys, cursor: None })
    }

    fn step(
        &self,
        shard: &Environment,
        walk: Walk<'_>,
        at: Cursor,
        left: &mut u32,
        keys: &mut Vec<Vec<u8>>,
    ) -> heed::Result<Cursor> {
        shard.read(self.counts, |transaction| {
            let epoch = self.epoch(shard.table(), transaction)?;
            let start =
                at.behind.as_ref().map_or(Bound::Unbounded, |name| Bound::Excluded(&name[..]));
            let range = (start, Bound::Unbounded);
            let table = shard.table();
            for record in table.range::<(Bound<&[u8]>, Bound<&[u8]>)>(transaction, &range)? {
                let (name, record) = record?;
                let key = match Kind::of(name) {
                    Some(Kind::Entry) => self.key_of_entry(record, epoch),
                    Some(Kind::Lease) if walk.listed == Listed::EntriesAndLeases => {
                        self.key_of_lease(record)
                    }
                    _ => None,
                };
                if let Some(key) = key.filter(|key| walk.glob.matches(key))
                    && self.is_of_namespace(name, key)
                {
                    keys.push(key.to_vec());
                }
                *left -= 1;
                if *left == 0 {
                    return Ok(Cursor { behind: name.try_into().ok(), ..at });
                }
            }
            Ok(Cursor { shard: at.shard + 1, behind: None })
        })
    }

    fn key_of_entry<'r>(&self, record: &'r [u8], epoch: u64) -> Option<&'r [u8]> {
        let (head, bytes) = EntryHead::split(record)?;
        if self.is_alive(head, epoch) { plain_key(bytes) } else { None }
    }

    /// Whatever its time: a put that began before looks at an earlier one.
    fn key_of_lease<'r>(&self, record: &'r [u8]) -> Option<&'r [u8]> {
        let (lease, key) = Lease::split(record)?;
        if lease.salt == self.salt { key } else { None }
    }

    /// Other namespaces may have such a key too.
    fn is_of_namespace(&self, name: &[u8], key: &[u8]) -> bool {
        let own = self.namespace.name(&EntryKey::plain(key));
        name == own.entry() || name == own.lease()
    }
}

impl Cursor {
    /// Where the bytes say; none say the beginning.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        match bytes {
            [] => Ok(Self { shard: 0, behind: None }),
            [shard] => Ok(Self { shard: usize::from(*shard), behind: None }),
            [shard, behind @ ..] if behind.len() == NAME_BYTES => {
                Ok(Self { shard: usize::from(*shard), behind: behind.try_into().ok() })
            }
            _ => Err(Error::misuse("wanted a cursor that the store gave, found: another")),
        }
    }

    fn to_bytes(self) -> Vec<u8> {
        // There are few shards.
        let mut bytes = vec![u8::try_from(self.shard).unwrap_or(u8::MAX)];
        bytes.extend(self.behind.iter().flatten());
        bytes
    }
}
