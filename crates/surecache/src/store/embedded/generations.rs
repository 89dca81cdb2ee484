//! Generations, in an environment of their own that no eviction of entries touches.

use std::time::Duration;

use super::entries::Call;
use super::environment::{Environment, Table, Writing, is_damage};
use super::record::{FENCE, GENERATION, GenerationRecord, LOCK, LockRecord, nanos, split_report};
use super::runs::{Fate, Run};
use super::strain::Patience;
use crate::base::mutant::{self, Mutant};
use crate::base::random;
use crate::key::TagId;
use crate::store::{Generation, Reading};

impl Call<'_> {
    pub(super) fn generations(&self, tags: &[TagId]) -> heed::Result<Vec<Option<Reading>>> {
        if tags.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.records(tags)?.into_iter().map(|record| self.reading(record)).collect())
    }

    /// Creates what is absent and prolongs what would fall within `life`. What is there and lives
    /// long enough costs a read only.
    pub(super) fn establish(
        &self,
        tags: &[TagId],
        life: Duration,
    ) -> heed::Result<Vec<Option<Reading>>> {
        let until = self.now.uptime.saturating_add(life);
        let found = self.records(tags)?;
        if found.iter().all(|record| record.is_some_and(|record| record.until >= until)) {
            return Ok(found.into_iter().map(|record| self.reading(record)).collect());
        }
        let meta = &self.opened.meta;
        let mut made = Vec::with_capacity(tags.len());
        for part in tags.chunks(CHUNK) {
            let (patience, now) = (Patience::Brief, self.now.uptime);
            let written = meta.write_patiently(self.counts, patience, now, |transaction| {
                self.establish_in(transaction, part, life)
            });
            match written {
                Ok(records) => made.extend(records),
                // What is there is good as it is.
                Err(error) if meta.is_full(&error) => made.extend(self.records(part)?),
                Err(error) => return Err(error),
            }
        }
        Ok(made.into_iter().map(|record| self.reading(record)).collect())
    }

    fn establish_in(
        &self,
        transaction: &mut Writing<'_>,
        tags: &[TagId],
        life: Duration,
    ) -> heed::Result<Vec<Option<GenerationRecord>>> {
        let meta = &self.opened.meta;
        // So that an invalidation finds room even on a full disk.
        meta.reserve(self.now.uptime)?;
        make_room(self, meta, transaction)?;
        let until = self.now.uptime.saturating_add(life);
        let mut records = Vec::with_capacity(tags.len());
        for tag in tags {
            let key = self.namespace.generation(tag);
            let found = self.record(meta.table(), transaction, &key)?;
            if let Some(record) = found.filter(|record| record.until >= until) {
                records.push(Some(record));
                continue;
            }
            let generation = match found {
                Some(record) => record.generation,
                None => match fresh() {
                    Some(generation) => generation,
                    None => {
                        records.push(None);
                        continue;
                    }
                },
            };
            let floor = found.map_or(0, |record| record.floor);
            // A little longer than asked, so that the next ones only read.
            let until = until.saturating_add(life / 4);
            let record = GenerationRecord { generation, floor, until };
            meta.table().put(transaction, &key, &record.to_bytes())?;
            records.push(Some(record));
        }
        Ok(records)
    }

    /// Deletes generations. Where that cannot be done, everything is made void instead: an
    /// invalidation does not fail.
    pub(super) fn invalidate(&self, tags: &[TagId]) -> heed::Result<()> {
        for part in tags.chunks(CHUNK) {
            match self.invalidate_in(part) {
                Ok(()) => {}
                // Files that are damaged are replaced by fresh ones, which know no generation.
                Err(error) if is_damage(&error) => return Err(error),
                Err(_) => {
                    self.void_all();
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn invalidate_in(&self, tags: &[TagId]) -> heed::Result<()> {
        let meta = &self.opened.meta;
        // One that is absent now is created after this moment if at all, and what is loaded under
        // it later still.
        let is_any_there = meta.read(self.counts, |transaction| {
            for tag in tags {
                if meta.table().get(transaction, &self.namespace.generation(tag))?.is_some() {
                    return Ok(true);
                }
            }
            Ok(false)
        })?;
        if !is_any_there {
            return Ok(());
        }
        meta.write_patiently(self.counts, Patience::Long, self.now.uptime, |transaction| {
            for tag in tags {
                meta.table().delete(transaction, &self.namespace.generation(tag))?;
            }
            Ok(())
        })
    }

    fn records(&self, tags: &[TagId]) -> heed::Result<Vec<Option<GenerationRecord>>> {
        let meta = &self.opened.meta;
        meta.read(self.counts, |transaction| {
            tags.iter()
                .map(|tag| self.record(meta.table(), transaction, &self.namespace.generation(tag)))
                .collect()
        })
    }

    fn record(
        &self,
        table: &Table,
        transaction: &heed::RoTxn<'_>,
        key: &[u8],
    ) -> heed::Result<Option<GenerationRecord>> {
        let record = table.get(transaction, key)?.and_then(GenerationRecord::from_bytes);
        Ok(record.filter(|record| self.now.uptime < record.until))
    }

    fn reading(&self, record: Option<GenerationRecord>) -> Option<Reading> {
        let incarnation = self.opened.control.incarnation(self.salt);
        record.map(|record| Reading { generation: Generation(record.generation), incarnation })
    }
}

fn fresh() -> Option<[u8; 16]> {
    if mutant::is(Mutant::GenerationsCount) {
        return Some([1; 16]);
    }
    random::bytes().ok()
}

/// Drops records until `meta` is within its budget: those whose time is over, then any. Absence is
/// safe: what was stamped with them is loaded anew.
pub(super) fn make_room(
    call: &Call<'_>,
    meta: &Environment,
    transaction: &mut Writing<'_>,
) -> heed::Result<()> {
    let now = call.now.uptime;
    let fate = |key: &[u8], record: &[u8]| {
        let until = match key.first() {
            Some(&GENERATION) => GenerationRecord::from_bytes(record).map(|record| record.until),
            Some(&FENCE) => return Fate::Exempt,
            Some(&LOCK) => {
                let record = LockRecord::from_bytes(record);
                let is_held = record.is_some_and(|record| now < record.until);
                return if is_held { Fate::Exempt } else { Fate::Dead };
            }
            _ => split_report(record).map(|(until, _)| until),
        };
        match until {
            Some(until) if now < until => Fate::Alive(nanos(until)),
            _ => Fate::Dead,
        }
    };
    for _ in 0..DROP_ROUNDS {
        if meta.used_pages(transaction)? <= meta.budget_pages(now) {
            break;
        }
        // Reports and locks come after the generations, and are drawn with the last of them.
        let page_bytes = meta.page_bytes();
        let run = Run::cheapest(meta.table(), transaction, &[GENERATION], page_bytes, &fate)?;
        run.delete(meta.table(), transaction)?;
    }
    Ok(())
}

/// Bounds the pages of one transaction: each tag has one to itself, and the old ones are free only
/// two transactions later. The smallest store has a hundred to spare.
const CHUNK: usize = 16;
/// Each frees about a page, and a chunk of new generations takes three at most.
const DROP_ROUNDS: usize = 8;
