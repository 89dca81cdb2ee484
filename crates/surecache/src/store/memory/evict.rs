//! Which entries go when there is no more room.
//!
//! A few entries are drawn at random, and the one that was used longest ago goes, a dead one before
//! all others: close to least-recently-used, without a list to keep in order on each read.

use super::shard::{Shard, When};
use crate::base::Error;
use crate::base::random;

/// Evicts one entry of a shard; `None` where it has none. Gives the bytes that this freed.
pub(super) fn evict_one(shard: &mut Shard, at: When) -> Result<Option<u64>, Error> {
    let Some(victim) = choose(shard, at)? else { return Ok(None) };
    let (key, stored) = shard.entries.at(victim);
    let (key, freed) = (key.clone(), stored.cost(key));
    shard.entries.remove(&key);
    Ok(Some(freed))
}

fn choose(shard: &Shard, at: When) -> Result<Option<usize>, Error> {
    let Ok(count) = u32::try_from(shard.entries.len()) else { return Ok(None) };
    if count == 0 {
        return Ok(None);
    }
    let drawn: [u8; DRAWS * 4] = random::bytes()?;
    let positions = drawn.as_chunks::<4>().0.iter().map(|draw| {
        // The bias of a remainder is one in 2^32 / count: of no matter here.
        (u32::from_le_bytes(*draw) % count) as usize
    });
    Ok(positions.min_by_key(|&position| {
        let stored = &shard.entries.at(position).1;
        (stored.is_alive(at), stored.used)
    }))
}

/// More draws come closer to least-recently-used; beyond ten it is hardly to be seen.
const DRAWS: usize = 8;
