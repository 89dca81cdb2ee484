//! Locks and semaphores: who holds which place.

use std::time::Duration;

use super::super::{Locked, Prolongation, Token, fence};
use super::sampled::Sampled;
use crate::base::Moment;
use crate::base::mutant::{self, Mutant};
use crate::key::LockName;

/// All of a namespace, behind one lock.
#[derive(Debug, Default)]
pub(super) struct Locks {
    /// The places of each name, by their numbers.
    held: Sampled<LockName, Vec<Option<Holder>>>,
    last_fencing_token: u64,
}

#[derive(Clone, Copy, Debug)]
struct Holder {
    token: Token,
    /// Uptime at which the place falls free.
    until: Duration,
}

impl Locks {
    pub(super) fn lock(
        &mut self,
        name: &LockName,
        token: Token,
        places: u32,
        period: Duration,
        now: Moment,
    ) -> Locked {
        let mut holders = self.held.get(name).cloned().unwrap_or_default();
        holders.resize(holders.len().max(places as usize), None);
        let standing = |holder: &Option<Holder>| holder.filter(|holder| now.uptime < holder.until);
        let asked = &mut holders[..places as usize];
        let Some(free) = asked.iter().position(|holder| standing(holder).is_none()) else {
            let soonest = asked.iter().flatten().map(|holder| holder.until).min();
            return Locked::Full { left: soonest.map(|until| until.saturating_sub(now.uptime)) };
        };
        asked[free] = Some(Holder { token, until: now.uptime.saturating_add(period) });
        if self.held.insert(name, holders).is_none() {
            self.held.sweep(|holders| !holders.iter().any(|holder| standing(holder).is_some()));
        }
        self.last_fencing_token = fence::next(self.last_fencing_token, now.unix_ms);
        Locked::Taken { fencing_token: self.last_fencing_token }
    }

    pub(super) fn unlock(&mut self, name: &LockName, token: Token, uptime: Duration) -> bool {
        let Some(holders) = self.held.get_mut(name) else { return false };
        let is_held = |holder: &Option<Holder>| is_by(holder.as_ref(), token, uptime);
        let Some(place) = holders.iter().position(is_held) else { return false };
        holders[place] = None;
        if holders.iter().all(Option::is_none) {
            self.held.remove(name);
        }
        true
    }

    pub(super) fn prolong(
        &mut self,
        name: &LockName,
        token: Token,
        by: Prolongation,
        uptime: Duration,
    ) -> Option<Duration> {
        let holders = self.held.get_mut(name)?.iter_mut().flatten();
        let mut own = holders.filter(|holder| holder.token == token && uptime < holder.until);
        let holder = own.next()?;
        holder.until = by.applied_to(holder.until, uptime);
        Some(holder.until.saturating_sub(uptime))
    }

    pub(super) fn holders(&self, name: &LockName, places: u32, uptime: Duration) -> Vec<Token> {
        let holders = self.held.get(name).into_iter().flatten().take(places as usize).flatten();
        holders.filter(|holder| uptime < holder.until).map(|holder| holder.token).collect()
    }
}

fn is_by(holder: Option<&Holder>, token: Token, uptime: Duration) -> bool {
    holder.is_some_and(|holder| {
        uptime < holder.until && (holder.token == token || mutant::is(Mutant::LockUnowned))
    })
}
