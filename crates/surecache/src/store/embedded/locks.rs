//! Locks and semaphores, in `meta`: a record for each place that is held, which no eviction takes,
//! and one for the namespace's last fencing token.
//!
//! The salt is no part of them: an invalidation that makes everything void leaves locks as they
//! are.

use heed::{MdbError, RoTxn};

use super::entries::Call;
use super::environment::Writing;
use super::generations;
use super::record::{LOCK, LockRecord, number};
use super::runs::{Fate, Run};
use super::strain::Patience;
use crate::base::mutant::{self, Mutant};
use crate::base::random;
use crate::key::LockName;
use crate::store::{Locked, Prolongation, Token, fence};

/// Which place, for whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim<'a> {
    pub(super) lock: &'a LockName,
    pub(super) token: Token,
    pub(super) places: u32,
}

impl Call<'_> {
    pub(super) fn lock(
        &self,
        claim: Claim<'_>,
        period: std::time::Duration,
    ) -> heed::Result<Locked> {
        let meta = &self.opened.meta;
        // Who finds no place takes no writer's lock and keeps nobody waiting.
        if let Err(full) =
            meta.read(self.counts, |transaction| self.free_place(transaction, claim))?
        {
            return Ok(full);
        }
        let locked = self.write_locks(|transaction| {
            meta.reserve(self.now.uptime)?;
            generations::make_room(self, meta, transaction)?;
            let place = match self.free_place(transaction, claim)? {
                Ok(place) => place,
                Err(full) => return Ok(full),
            };
            let until = self.now.uptime.saturating_add(period);
            let record = LockRecord { token: claim.token, until };
            let key = self.namespace.place(claim.lock, place);
            meta.table().put(transaction, &key, &record.to_bytes())?;
            if claim.token.0[0].is_multiple_of(SWEEP_ONE_IN) {
                self.sweep_locks(transaction)?;
            }
            let last = meta.table().get(transaction, self.namespace.fence())?;
            let last = last.and_then(number).map_or(0, |(last, _)| last);
            let fencing_token = fence::next(last, self.now.unix_ms);
            meta.table().put(transaction, self.namespace.fence(), &fencing_token.to_le_bytes())?;
            Ok(Locked::Taken { fencing_token })
        })?;
        // Others may have gone on to fresh files meanwhile, where the place is free.
        match self.opened.control.is_live() {
            true => Ok(locked),
            false => Err(MdbError::Corrupted.into()),
        }
    }

    pub(super) fn unlock(&self, claim: Claim<'_>) -> heed::Result<bool> {
        let is_free = self.write_locks(|transaction| {
            let Some((place, _)) = self.own_place(transaction, claim)? else { return Ok(false) };
            let key = self.namespace.place(claim.lock, place);
            self.opened.meta.table().delete(transaction, &key)
        })?;
        if is_free && !mutant::is(Mutant::LockUntold) {
            self.opened.control.bells().ring(&self.namespace.place(claim.lock, 0));
        }
        Ok(is_free)
    }

    pub(super) fn prolong(
        &self,
        claim: Claim<'_>,
        by: Prolongation,
    ) -> heed::Result<Option<std::time::Duration>> {
        self.write_locks(|transaction| {
            let Some((place, mut record)) = self.own_place(transaction, claim)? else {
                return Ok(None);
            };
            record.until = by.applied_to(record.until, self.now.uptime);
            let key = self.namespace.place(claim.lock, place);
            self.opened.meta.table().put(transaction, &key, &record.to_bytes())?;
            Ok(Some(record.until.saturating_sub(self.now.uptime)))
        })
    }

    pub(super) fn holders(&self, lock: &LockName, places: u32) -> heed::Result<Vec<Token>> {
        self.opened.meta.read(self.counts, |transaction| {
            let mut holders = Vec::new();
            for place in 0..places {
                let standing = self.standing_place(transaction, lock, place)?;
                holders.extend(standing.map(|record| record.token));
            }
            Ok(holders)
        })
    }

    fn write_locks<T>(
        &self,
        write: impl Fn(&mut Writing<'_>) -> heed::Result<T>,
    ) -> heed::Result<T> {
        let (meta, patience) = (&self.opened.meta, Patience::Brief);
        meta.write_patiently(self.counts, patience, self.now.uptime, write)
    }

    /// The first place that nobody holds, or the answer where there is none.
    fn free_place(
        &self,
        transaction: &RoTxn<'_>,
        claim: Claim<'_>,
    ) -> heed::Result<Result<u32, Locked>> {
        let mut soonest = None;
        for place in 0..claim.places {
            let Some(record) = self.standing_place(transaction, claim.lock, place)? else {
                return Ok(Ok(place));
            };
            let left = record.until.saturating_sub(self.now.uptime);
            soonest = Some(soonest.map_or(left, |soonest| left.min(soonest)));
        }
        Ok(Err(Locked::Full { left: soonest }))
    }

    fn own_place(
        &self,
        transaction: &RoTxn<'_>,
        claim: Claim<'_>,
    ) -> heed::Result<Option<(u32, LockRecord)>> {
        for place in 0..claim.places {
            let standing = self.standing_place(transaction, claim.lock, place)?;
            let own = standing
                .filter(|record| record.token == claim.token || mutant::is(Mutant::LockUnowned));
            if let Some(record) = own {
                return Ok(Some((place, record)));
            }
        }
        Ok(None)
    }

    fn standing_place(
        &self,
        transaction: &RoTxn<'_>,
        lock: &LockName,
        place: u32,
    ) -> heed::Result<Option<LockRecord>> {
        let record =
            self.opened.meta.table().get(transaction, &self.namespace.place(lock, place))?;
        let record = record.and_then(LockRecord::from_bytes);
        Ok(record.filter(|record| self.now.uptime < record.until))
    }

    /// Drops a few records of places that killed processes left.
    fn sweep_locks(&self, transaction: &mut Writing<'_>) -> heed::Result<()> {
        let (meta, now) = (&self.opened.meta, self.now.uptime);
        let fate = |key: &[u8], record: &[u8]| {
            let is_dead = key.first() == Some(&LOCK)
                && LockRecord::from_bytes(record).is_none_or(|record| record.until <= now);
            if is_dead { Fate::Dead } else { Fate::Exempt }
        };
        let draw = random::bytes::<8>().unwrap_or_default();
        let start = [&[LOCK][..], &draw].concat();
        let start = std::ops::Bound::Included(&start[..]);
        let run = Run::draw(meta.table(), transaction, start, meta.page_bytes(), &fate)?;
        run.delete_dead(meta.table(), transaction).map(|_| ())
    }
}

/// Each time that a place is taken, by this chance, a page of records is looked at for dead ones.
const SWEEP_ONE_IN: u8 = 8;
