//! Leases: who may load an entry.
//!
//! A lease lies beside its entry, in the same environment, so that the comparison of the token and
//! the put are one transaction (docs/decisions/0010-leases-beside-entries.md).

use std::time::Duration;

use bytes::BytesMut;

use super::entries::Call;
use super::evict::{self, Need};
use super::record::{Lease, Name};
use super::strain::Patience;
use crate::key::EntryKey;
use crate::store::{Acquired, Digest, Token};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) token: Token,
    pub(super) digest: Digest,
    pub(super) period: Duration,
    pub(super) replace: Option<Token>,
}

impl Call<'_> {
    pub(super) fn acquire(&self, entry: &EntryKey, wanted: Wanted) -> heed::Result<Acquired> {
        let name = self.namespace.name(entry);
        let shard = self.shard(&name);
        // Who loses takes no lock and keeps nobody waiting.
        let held = shard.read(self.counts, |transaction| {
            Ok(self
                .standing(shard.table(), transaction, &name)?
                .and_then(|lease| wanted.yields(lease)))
        })?;
        if let Some(held) = held {
            return Ok(held);
        }
        evict::write(self, shard, Need::NONE, Patience::Brief, |transaction| {
            let table = shard.table();
            let standing = self.standing(table, transaction, &name)?;
            if let Some(held) = standing.and_then(|lease| wanted.yields(lease)) {
                return Ok(held);
            }
            let epoch = self.epoch(table, transaction)?;
            let there = self.alive(table, transaction, &name, epoch)?.map(BytesMut::from);
            table.put(transaction, &name.lease(), &self.lease(wanted).record(entry))?;
            if wanted.token.0[0].is_multiple_of(SWEEP_ONE_IN) {
                evict::sweep(self, table, transaction)?;
            }
            Ok(Acquired::Taken { entry: there })
        })
    }

    pub(super) fn renew(
        &self,
        entry: &EntryKey,
        token: Token,
        period: Duration,
    ) -> heed::Result<bool> {
        let name = self.namespace.name(entry);
        let shard = self.shard(&name);
        evict::write(self, shard, Need::NONE, Patience::Brief, |transaction| {
            let standing = self.standing(shard.table(), transaction, &name)?;
            let Some(mut lease) = standing.filter(|lease| lease.token == token) else {
                return Ok(false);
            };
            lease.until = self.now.uptime.saturating_add(period);
            shard.table().put(transaction, &name.lease(), &lease.record(entry))?;
            Ok(true)
        })
    }

    pub(super) fn release(&self, entry: &EntryKey, token: Token) -> heed::Result<()> {
        let name = self.namespace.name(entry);
        let shard = self.shard(&name);
        let is_held =
            shard.read(self.counts, |transaction| self.is_held(&name, token, transaction))?;
        if !is_held {
            return Ok(());
        }
        evict::write(self, shard, Need::NONE, Patience::Brief, |transaction| {
            if self.is_held(&name, token, transaction)? {
                shard.table().delete(transaction, &name.lease())?;
            }
            Ok(())
        })
    }

    fn is_held(
        &self,
        name: &Name,
        token: Token,
        transaction: &heed::RoTxn<'_>,
    ) -> heed::Result<bool> {
        let standing = self.standing(self.shard(name).table(), transaction, name)?;
        Ok(standing.is_some_and(|lease| lease.token == token))
    }

    fn lease(&self, wanted: Wanted) -> Lease {
        let until = self.now.uptime.saturating_add(wanted.period);
        Lease { token: wanted.token, digest: wanted.digest, salt: self.salt, until }
    }
}

impl Wanted {
    /// The answer where another holds the lease and is not to be put aside.
    fn yields(&self, lease: Lease) -> Option<Acquired> {
        let is_mine = lease.token == self.token || Some(lease.token) == self.replace;
        (!is_mine).then_some(Acquired::Held { token: lease.token, digest: lease.digest })
    }
}

/// Each time that a lease is taken, by this chance, a few records are looked at for dead ones: so
/// those of killed processes do not gather.
const SWEEP_ONE_IN: u8 = 8;
