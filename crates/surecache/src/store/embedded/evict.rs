//! Which entries go when there is no more room.
//!
//! Keys are hashes, so what follows a random point is a fair sample. Of a few neighbours those that
//! are dead go, and where none is, the one that would expire first. Nothing is kept in order for
//! this: an index by expiry would touch more pages in every put than the put itself. Epochs stay,
//! and so do leases while they stand. An entry that a clear has made void is not told from others;
//! it goes by chance.

use std::ops::Bound;

use heed::RwTxn;

use super::counts;
use super::entries::Call;
use super::environment::{Environment, Table};
use super::record::{EntryHead, Kind, Lease, NAME_BYTES};
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
        let record = (EntryHead::BYTES + NAME_BYTES + NODE_BYTES) as u64 + value_bytes as u64;
        Self { pages: record.div_ceil(shard.page_bytes()) }
    }

    /// True for one value that would push out a quarter of all others.
    pub(super) fn is_too_much(self, shard: &Environment) -> bool {
        self.pages > shard.budget_pages() / 4
    }
}

/// Evicts until the need is within the budget, or enough has been tried for one put.
pub(super) fn make_room(
    call: &Call<'_>,
    shard: &Environment,
    transaction: &mut RwTxn<'_>,
    need: Need,
) -> heed::Result<()> {
    let most = shard.budget_pages().saturating_sub(need.pages);
    evict_until(call, shard, transaction, most, PUT_ROUNDS + 2 * need.pages)
}

/// Writes; where there was no room and the readers were not what was in the way, evicts a batch and
/// writes once more.
pub(super) fn write<T>(
    call: &Call<'_>,
    shard: &Environment,
    need: Need,
    write: impl Fn(&mut RwTxn<'_>) -> heed::Result<T>,
) -> heed::Result<T> {
    match shard.write_patiently(call.counts, &write) {
        Err(error) if shard.is_full(&error) => match evict_batch(call, shard, need) {
            Err(error) if !shard.is_full(&error) => Err(error),
            _ => shard.write(&write),
        },
        other => other,
    }
}

/// In two transactions: LMDB hands out pages again from the second after the one that freed them.
fn evict_batch(call: &Call<'_>, shard: &Environment, need: Need) -> heed::Result<()> {
    let goal = (shard.budget_pages() / BATCH_PART).max(2 * need.pages);
    shard.write(|transaction| {
        let used = shard.used_pages(transaction)?;
        evict_until(call, shard, transaction, used.saturating_sub(goal), BATCH_ROUNDS)
    })?;
    shard.write(|transaction| {
        let used = shard.used_pages(transaction)?;
        evict_until(call, shard, transaction, used.saturating_sub(1), 1)
    })
}

fn evict_until(
    call: &Call<'_>,
    shard: &Environment,
    transaction: &mut RwTxn<'_>,
    most_pages: u64,
    rounds: u64,
) -> heed::Result<()> {
    for _ in 0..rounds {
        if shard.used_pages(transaction)? <= most_pages {
            break;
        }
        let evicted = sweep(call, shard.table(), transaction, Spare::None)?;
        counts::add(&call.counts.evicted, evicted);
        if evicted == 0 {
            break;
        }
    }
    Ok(())
}

/// What a sweep leaves alone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Spare {
    /// Everything that is alive.
    Alive,
    /// Nothing but what is exempt: one entry goes in any case.
    None,
}

/// Removes the dead among a few neighbours of a random point; gives how many entries went.
pub(super) fn sweep(
    call: &Call<'_>,
    table: &Table,
    transaction: &mut RwTxn<'_>,
    spare: Spare,
) -> heed::Result<usize> {
    let start = random::bytes::<8>().unwrap_or_default();
    let mut drawn = draw(call, table, transaction, Bound::Included(&start))?;
    if drawn.soonest.is_none() && drawn.dead.is_empty() {
        drawn = draw(call, table, transaction, Bound::Unbounded)?;
    }
    if spare == Spare::None && drawn.dead_entries == 0 {
        drawn.dead_entries = usize::from(drawn.soonest.is_some());
        drawn.dead.extend(drawn.soonest.map(|(_, key)| key));
    }
    for key in &drawn.dead {
        table.delete(transaction, key)?;
    }
    Ok(drawn.dead_entries)
}

#[derive(Debug, Default)]
struct Drawn {
    dead: Vec<[u8; NAME_BYTES]>,
    dead_entries: usize,
    soonest: Option<(u64, [u8; NAME_BYTES])>,
}

fn draw(
    call: &Call<'_>,
    table: &Table,
    transaction: &RwTxn<'_>,
    start: Bound<&[u8; 8]>,
) -> heed::Result<Drawn> {
    let salt = call.opened.control.salt();
    let mut drawn = Drawn::default();
    let range = (start.map(|start| &start[..]), Bound::Unbounded);
    for record in table.range::<(Bound<&[u8]>, Bound<&[u8]>)>(transaction, &range)?.take(DRAWS) {
        let (key, record) = record?;
        let Ok(key) = <[u8; NAME_BYTES]>::try_from(key) else { continue };
        match Kind::of(&key) {
            Some(Kind::Entry) => match EntryHead::split(record) {
                Some((head, _)) if head.salt == salt && call.now.unix_ms < head.expires_unix_ms => {
                    let this = (head.expires_unix_ms, key);
                    drawn.soonest = Some(drawn.soonest.map_or(this, |other| other.min(this)));
                }
                _ => {
                    drawn.dead.push(key);
                    drawn.dead_entries += 1;
                }
            },
            Some(Kind::Lease) => {
                let lease = Lease::from_bytes(record);
                if !lease.is_some_and(|lease| lease.is_standing(salt, call.now.uptime)) {
                    drawn.dead.push(key);
                }
            }
            Some(Kind::Epoch) => {}
            None => drawn.dead.push(key),
        }
    }
    Ok(drawn)
}

/// More draws come closer to the order of expiry, and read more pages.
const DRAWS: usize = 8;
/// Rounds for one put beside those that its size asks for: enough to bring the files back below
/// the budget over a few puts, few enough to keep each short.
const PUT_ROUNDS: u64 = 4;
/// The part of the budget that goes at once when the map is full.
const BATCH_PART: u64 = 16;
const BATCH_ROUNDS: u64 = 4096;
/// LMDB's head of a record, and its place in the page.
const NODE_BYTES: usize = 10;
