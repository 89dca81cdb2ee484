//! Which entries go when there is no more room.
//!
//! Nothing is kept in order for this: an index by expiry would touch more pages in every put than
//! the put itself. Epochs stay, and so do leases while they stand. An entry that a clear has made
//! absent is not told from others; it goes by chance.

use std::ops::Bound;

use super::counts;
use super::entries::Call;
use super::environment::{Environment, Table, Writing};
use super::record::{EntryHead, Kind, Lease, NAME_BYTES};
use super::runs::{Fate, NODE_BYTES, Run};
use super::strain::Patience;
use crate::base::random;

/// The pages that a write is going to take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    pages: u64,
}

impl Need {
    /// A write that takes no room of its own.
    pub(super) const NONE: Self = Self { pages: 0 };

    pub(super) fn of(value_bytes: usize, shard: &Environment) -> Self {
        let bytes = (EntryHead::BYTES + NAME_BYTES + NODE_BYTES + value_bytes) as u64;
        Self { pages: bytes.div_ceil(shard.page_bytes()) }
    }

    /// True for one value that would push out a quarter of all others.
    pub(super) fn is_too_much(self, shard: &Environment) -> bool {
        self.pages > shard.map_pages() / 5
    }
}

/// Evicts until the need is within the budget, or enough has been tried for one put; gives how many
/// entries go if the transaction is committed.
pub(super) fn make_room(
    call: &Call<'_>,
    shard: &Environment,
    transaction: &mut Writing<'_>,
    need: Need,
) -> heed::Result<usize> {
    shard.reserve(call.now.uptime)?;
    let most = shard.budget_pages(call.now.uptime).saturating_sub(need.pages);
    evict_until(call, shard, transaction, most, PUT_ROUNDS + 2 * need.pages)
}

/// Writes; where there was no room, and entries are what is in the way, evicts a batch and writes
/// once more.
pub(super) fn write<T>(
    call: &Call<'_>,
    shard: &Environment,
    need: Need,
    patience: Patience,
    write: impl Fn(&mut Writing<'_>) -> heed::Result<T>,
) -> heed::Result<T> {
    let done = shard.write_patiently(call.counts, patience, call.now.uptime, &write);
    match &done {
        Err(error) if shard.is_full(error) => {}
        _ => return done,
    }
    let used = shard.read(call.counts, |transaction| shard.used_pages(transaction))?;
    let budget = shard.budget_pages(call.now.uptime);
    // A large value needs pages in a row, which may be lacking long before.
    let is_crowded = used > budget || (need.pages > 1 && used > budget / 2);
    if !is_crowded {
        return done;
    }
    match evict_batch(call, shard, used.min(budget), need) {
        Err(error) if !shard.is_full(&error) => Err(error),
        _ => shard.write(&write),
    }
}

/// In small transactions, each of which needs few pages itself. One more comes after them, as LMDB
/// hands out pages again from the second after the one that freed them.
fn evict_batch(
    call: &Call<'_>,
    shard: &Environment,
    most_pages: u64,
    need: Need,
) -> heed::Result<()> {
    let batch = (most_pages / BATCH_PART).max(2 * need.pages);
    let most_pages = most_pages.saturating_sub(batch);
    let evict = |most_pages, rounds| {
        let evicted =
            shard.write(|transaction| evict_until(call, shard, transaction, most_pages, rounds))?;
        counts::add(&call.counts.evicted, evicted);
        Ok::<_, heed::Error>(evicted)
    };
    for _ in 0..batch {
        if evict(most_pages, BATCH_ROUNDS)? == 0 {
            break;
        }
    }
    evict(0, 1)?;
    Ok(())
}

fn evict_until(
    call: &Call<'_>,
    shard: &Environment,
    transaction: &mut Writing<'_>,
    most_pages: u64,
    rounds: u64,
) -> heed::Result<usize> {
    let (table, fate) = (shard.table(), fate(call));
    let mut all = 0;
    for _ in 0..rounds {
        if shard.used_pages(transaction)? <= most_pages {
            break;
        }
        let run = Run::cheapest(table, transaction, &[], shard.page_bytes(), &fate)?;
        let evicted = run.delete(table, transaction)?;
        if evicted == 0 {
            break;
        }
        all += evicted;
    }
    Ok(all)
}

/// Removes the dead among a few neighbours of a random point.
pub(super) fn sweep(
    call: &Call<'_>,
    table: &Table,
    transaction: &mut Writing<'_>,
) -> heed::Result<()> {
    let start = random::bytes::<8>().unwrap_or_default();
    let start = Bound::Included(&start[..]);
    let run = Run::draw(table, transaction, start, SWEEP_BYTES, &fate(call))?;
    run.delete_dead(table, transaction)?;
    Ok(())
}

fn fate(call: &Call<'_>) -> impl Fn(&[u8], &[u8]) -> Fate {
    let (salt, now) = (call.salt, call.now);
    move |key, record| match Kind::of(key) {
        Some(Kind::Epoch) => Fate::Exempt,
        Some(Kind::Lease) => match Lease::from_bytes(record) {
            Some(lease) if lease.is_standing(salt, now.uptime) => Fate::Exempt,
            _ => Fate::Dead,
        },
        Some(Kind::Entry) => match EntryHead::split(record) {
            Some((head, _)) if head.salt == salt && now.unix_ms < head.expires_unix_ms => {
                Fate::Alive(head.expires_unix_ms)
            }
            _ => Fate::Dead,
        },
        None => Fate::Dead,
    }
}

/// Rounds for one put beside those that its size asks for: enough to bring the files back below
/// the budget over a few puts, few enough to keep each short.
const PUT_ROUNDS: u64 = 4;
/// The part of the budget that goes at once when the map is full.
const BATCH_PART: u64 = 16;
const BATCH_ROUNDS: u64 = 8;
/// Some dozen leases.
const SWEEP_BYTES: u64 = 1024;
