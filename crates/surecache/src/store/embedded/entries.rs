//! Entries: read, put, deleted, cleared.

use std::io::Write as _;

use bytes::BytesMut;
use heed::RoTxn;

use super::counts::{self, Counts};
use super::environment::{Environment, Table, Writing};
use super::evict::{self, Need};
use super::opened::Opened;
use super::options::SHARDS;
use super::record::{EntryHead, Lease, Name, Names, number};
use super::strain::Patience;
use crate::base::Moment;
use crate::base::mutant::{self, Mutant};
use crate::key::EntryKey;
use crate::store::{Condition, Mark, Put};

/// What a call works with.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) opened: &'a Opened,
    pub(super) counts: &'a Counts,
    pub(super) namespace: &'a Names,
    pub(super) now: Moment,
    /// Read once, before anything else: what a call began to store before everything was made void
    /// is void too.
    pub(super) salt: u64,
}

/// What is to be stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) expires_unix_ms: u64,
}

impl Call<'_> {
    pub(super) fn shard(&self, name: &Name) -> &Environment {
        &self.opened.shards[name.shard()]
    }

    pub(super) fn fetch(&self, entry: &EntryKey) -> heed::Result<Option<BytesMut>> {
        let name = self.namespace.name(entry);
        let shard = self.shard(&name);
        shard.read(self.counts, |transaction| {
            let epoch = self.epoch(shard.table(), transaction)?;
            let found = self.alive(shard.table(), transaction, &name, epoch)?;
            Ok(found.map(BytesMut::from))
        })
    }

    pub(super) fn fetch_many(&self, entries: &[EntryKey]) -> heed::Result<Vec<Option<BytesMut>>> {
        let names: Vec<_> = entries.iter().map(|entry| self.namespace.name(entry)).collect();
        let mut found = vec![None; names.len()];
        for (number, shard) in self.opened.shards.iter().enumerate() {
            if !names.iter().any(|name| name.shard() == number) {
                continue;
            }
            shard.read(self.counts, |transaction| {
                let epoch = self.epoch(shard.table(), transaction)?;
                for (found, name) in found.iter_mut().zip(&names) {
                    if name.shard() == number {
                        let bytes = self.alive(shard.table(), transaction, name, epoch)?;
                        *found = bytes.map(BytesMut::from);
                    }
                }
                Ok(())
            })?;
        }
        Ok(found)
    }

    pub(super) fn put(
        &self,
        entry: &EntryKey,
        value: Value<'_>,
        condition: Condition,
    ) -> heed::Result<Put> {
        let name = self.namespace.name(entry);
        let shard = self.shard(&name);
        let need = Need::of(value.bytes.len(), shard);
        if need.is_too_much(shard) {
            return self.store_nothing(&name, condition);
        }
        let put = evict::write(self, shard, need, Patience::Brief, |transaction| {
            if let Some(refusal) = self.refusal(shard.table(), transaction, &name, condition)? {
                return Ok((refusal, 0));
            }
            let evicted = evict::make_room(self, shard, transaction, need)?;
            self.store(shard.table(), transaction, &name, value)?;
            Ok((Put::Stored, evicted))
        });
        match put {
            Ok((put, evicted)) => {
                counts::add(&self.counts.evicted, evicted);
                Ok(put)
            }
            Err(error) if shard.is_full(&error) => self.store_nothing(&name, condition),
            Err(error) => Err(error),
        }
    }

    /// Where there is no room. The entry that was to be replaced goes: who put a new one must not
    /// be handed the old one. If not even that can be done, the put is an error, and no outcome.
    /// A load's old entry stays, as its stamps say whether it is believed; so does one that was to
    /// be changed, which is told to have failed.
    fn store_nothing(&self, name: &Name, condition: Condition) -> heed::Result<Put> {
        counts::count(&self.counts.full);
        if condition != Condition::Always {
            return Ok(Put::Full);
        }
        let shard = self.shard(name);
        shard.write(|transaction| {
            if let Some(refusal) = self.refusal(shard.table(), transaction, name, condition)? {
                return Ok(refusal);
            }
            remove(shard.table(), transaction, name)?;
            Ok(Put::Full)
        })
    }

    /// What forbids a put, if anything does.
    fn refusal(
        &self,
        table: &Table,
        transaction: &RoTxn<'_>,
        name: &Name,
        condition: Condition,
    ) -> heed::Result<Option<Put>> {
        Ok(match condition {
            Condition::Always => None,
            Condition::Leased(token) => {
                let standing = self.standing(table, transaction, name)?;
                let holds = standing.is_some_and(|lease| lease.token == token);
                (!holds && !mutant::is(Mutant::TokenUnchecked)).then_some(Put::Fenced)
            }
            Condition::Unchanged(read) => {
                let epoch = self.epoch(table, transaction)?;
                let there = self.alive(table, transaction, name, epoch)?;
                (there.map(Mark::of) != read).then_some(Put::Changed)
            }
        })
    }

    /// Stores an entry and ends the lease on it.
    fn store(
        &self,
        table: &Table,
        transaction: &mut Writing<'_>,
        name: &Name,
        value: Value<'_>,
    ) -> heed::Result<()> {
        let epoch = self.epoch(table, transaction)?;
        let (expires_unix_ms, salt) = (value.expires_unix_ms, self.salt);
        let head = EntryHead { expires_unix_ms, salt, epoch };
        let length = EntryHead::BYTES + value.bytes.len();
        transaction.note_change(name.entry());
        table.put_reserved(transaction, name.entry(), length, |room| {
            room.write_all(&head.to_bytes())?;
            room.write_all(value.bytes)
        })?;
        table.delete(transaction, &name.lease())?;
        Ok(())
    }

    /// Deletes entries and the leases on them; gives how many of them were alive.
    pub(super) fn delete(&self, entries: &[EntryKey]) -> heed::Result<usize> {
        let names: Vec<_> = entries.iter().map(|entry| self.namespace.name(entry)).collect();
        let mut deleted = 0;
        for (number, shard) in self.opened.shards.iter().enumerate() {
            let here: Vec<_> = names.iter().filter(|name| name.shard() == number).collect();
            for part in here.chunks(DELETE_CHUNK) {
                deleted += self.delete_in(shard, part)?;
            }
        }
        Ok(deleted)
    }

    fn delete_in(&self, shard: &Environment, names: &[&Name]) -> heed::Result<usize> {
        let (mut there, mut alive) = (Vec::new(), 0);
        // What is absent is deleted already: no need to wait for the writer's lock. What is past
        // its time is not: a put that began before looks at an earlier time.
        shard.read(self.counts, |transaction| {
            let table = shard.table();
            let epoch = self.epoch(table, transaction)?;
            for &name in names {
                if self.is_any_there(table, transaction, name)? {
                    there.push(name);
                    alive += usize::from(self.alive(table, transaction, name, epoch)?.is_some());
                }
            }
            Ok(())
        })?;
        if there.is_empty() {
            return Ok(0);
        }
        let deleted = evict::write(self, shard, Need::NONE, Patience::Long, |transaction| {
            let epoch = self.epoch(shard.table(), transaction)?;
            let mut deleted = 0;
            for name in &there {
                let alive = self.alive(shard.table(), transaction, name, epoch)?;
                deleted += usize::from(alive.is_some());
                remove(shard.table(), transaction, name)?;
            }
            Ok(deleted)
        });
        match deleted {
            Err(error) if shard.is_hopeless(&error) => {
                self.void_all();
                Ok(alive)
            }
            other => other,
        }
    }

    /// True for an entry or a lease that is not void, whatever the time.
    fn is_any_there(
        &self,
        table: &Table,
        transaction: &RoTxn<'_>,
        name: &Name,
    ) -> heed::Result<bool> {
        let entry = table.get(transaction, name.entry())?.and_then(EntryHead::split);
        let lease = table.get(transaction, &name.lease())?.and_then(Lease::from_bytes);
        Ok(entry.is_some_and(|(head, _)| head.salt == self.salt)
            || lease.is_some_and(|lease| lease.salt == self.salt))
    }

    /// Makes every entry of the namespace absent, shard by shard.
    pub(super) fn clear(&self, epoch: [u8; 8]) -> heed::Result<()> {
        let key = self.namespace.epoch();
        for shard in &self.opened.shards {
            let cleared = evict::write(self, shard, Need::NONE, Patience::Long, |transaction| {
                transaction.note_change(key);
                shard.table().put(transaction, key, &epoch)
            });
            match cleared {
                Ok(()) => {}
                Err(error) if shard.is_hopeless(&error) => {
                    self.void_all();
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The last resort where something must go and cannot be deleted: everything goes. It is one
    /// store to a page that is there.
    pub(super) fn void_all(&self) {
        self.opened.control.void_all();
        counts::count(&self.counts.voided);
    }

    /// The namespace's epoch in this shard: zero until it is cleared for the first time.
    pub(super) fn epoch(&self, table: &Table, transaction: &RoTxn<'_>) -> heed::Result<u64> {
        let record = table.get(transaction, self.namespace.epoch())?;
        Ok(record.and_then(number).map_or(0, |(epoch, _)| epoch))
    }

    /// The bytes of an entry that is there, not past its expiry, not cleared and not void.
    pub(super) fn alive<'t>(
        &self,
        table: &Table,
        transaction: &'t RoTxn<'_>,
        name: &Name,
        epoch: u64,
    ) -> heed::Result<Option<&'t [u8]>> {
        let record = table.get(transaction, name.entry())?;
        let Some((head, bytes)) = record.and_then(EntryHead::split) else { return Ok(None) };
        Ok(self.is_alive(head, epoch).then_some(bytes))
    }

    /// Not past its expiry, not cleared and not void.
    pub(super) fn is_alive(&self, head: EntryHead, epoch: u64) -> bool {
        head.epoch == epoch && head.salt == self.salt && self.now.unix_ms < head.expires_unix_ms
    }

    /// The lease on an entry, where it stands.
    pub(super) fn standing(
        &self,
        table: &Table,
        transaction: &RoTxn<'_>,
        name: &Name,
    ) -> heed::Result<Option<Lease>> {
        let record = table.get(transaction, &name.lease())?;
        let lease = record.and_then(Lease::from_bytes);
        Ok(lease.filter(|lease| lease.is_standing(self.salt, self.now.uptime)))
    }
}

fn remove(table: &Table, transaction: &mut Writing<'_>, name: &Name) -> heed::Result<()> {
    transaction.note_change(name.entry());
    table.delete(transaction, name.entry())?;
    table.delete(transaction, &name.lease())?;
    Ok(())
}

/// Bounds the pages that one transaction changes, and how long it keeps others waiting.
const DELETE_CHUNK: usize = 64;

const _: () = assert!(SHARDS.is_power_of_two(), "a name's first byte divides evenly among them");
