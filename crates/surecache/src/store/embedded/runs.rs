//! Neighbours at a random point: what is evicted together.
//!
//! Keys are hashes, so what follows a random point is a fair sample. Of a few samples the one goes
//! that loses the least: the fewest that live, then the ones that end first. What is dead goes
//! alone; what lives goes by the page, because records taken here and there would leave pages half
//! empty and none of them free.

use std::ops::Bound;

use heed::RoTxn;

use super::environment::{Table, Writing};
use crate::base::random;

/// What becomes of a record that is in the way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fate {
    /// It goes where it must; it ends at this time.
    Alive(u64),
    /// It goes.
    Dead,
    /// It stays.
    Exempt,
}

/// Some neighbours.
#[derive(Debug, Default)]
pub(super) struct Run {
    dead: Vec<Vec<u8>>,
    alive: Vec<Vec<u8>>,
    soonest: Option<u64>,
}

impl Run {
    /// The records from `start` on that fill a page together.
    pub(super) fn draw(
        table: &Table,
        transaction: &RoTxn<'_>,
        start: Bound<&[u8]>,
        page_bytes: u64,
        fate: &impl Fn(&[u8], &[u8]) -> Fate,
    ) -> heed::Result<Self> {
        let (mut run, mut bytes) = (Self::default(), 0);
        let range = (start, Bound::Unbounded);
        for record in table.range::<(Bound<&[u8]>, Bound<&[u8]>)>(transaction, &range)? {
            let (key, record) = record?;
            match fate(key, record) {
                Fate::Alive(end) => {
                    run.alive.push(key.to_vec());
                    run.soonest = Some(run.soonest.map_or(end, |other| other.min(end)));
                }
                Fate::Dead => run.dead.push(key.to_vec()),
                Fate::Exempt => {}
            }
            bytes += (key.len() + record.len() + NODE_BYTES) as u64;
            if bytes >= page_bytes {
                break;
            }
        }
        Ok(run)
    }

    /// Of a few runs at random points with the same first bytes, the one that loses the least.
    pub(super) fn cheapest(
        table: &Table,
        transaction: &RoTxn<'_>,
        prefix: &[u8],
        page_bytes: u64,
        fate: &impl Fn(&[u8], &[u8]) -> Fate,
    ) -> heed::Result<Self> {
        let mut cheapest: Option<Self> = None;
        let draws = random::bytes::<{ 8 * DRAWS }>().unwrap_or([0; 8 * DRAWS]);
        for draw in draws.as_chunks::<8>().0 {
            let start = [prefix, draw].concat();
            let start = Bound::Included(&start[..]);
            let mut run = Self::draw(table, transaction, start, page_bytes, fate)?;
            if run.is_empty() {
                // Beyond the last: the first come after it.
                run = Self::draw(table, transaction, Bound::Unbounded, page_bytes, fate)?;
            }
            let cost = |run: &Self| (run.alive.len(), run.soonest);
            if cheapest.as_ref().is_none_or(|other| cost(&run) < cost(other)) {
                cheapest = Some(run);
            }
        }
        Ok(cheapest.unwrap_or_default())
    }

    /// Deletes the dead; gives how many there were.
    pub(super) fn delete_dead(
        self,
        table: &Table,
        transaction: &mut Writing<'_>,
    ) -> heed::Result<usize> {
        for key in &self.dead {
            transaction.note_change(key);
            table.delete(transaction, key)?;
        }
        Ok(self.dead.len())
    }

    /// Deletes the dead or, where there are none, all that is not exempt; gives how many.
    pub(super) fn delete(
        mut self,
        table: &Table,
        transaction: &mut Writing<'_>,
    ) -> heed::Result<usize> {
        if self.dead.is_empty() {
            self.dead = std::mem::take(&mut self.alive);
        }
        self.delete_dead(table, transaction)
    }

    fn is_empty(&self) -> bool {
        self.dead.is_empty() && self.alive.is_empty()
    }
}

/// More draws find more that is dead, and read more pages.
const DRAWS: usize = 3;
/// LMDB's head of a record, and its place in the page.
pub(super) const NODE_BYTES: usize = 10;
