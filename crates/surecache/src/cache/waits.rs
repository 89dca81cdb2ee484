//! Waiting for many things at once: the first that comes ends it.
//!
//! A walk may wait for what another one of the same caller has to look after: word of a load of
//! another process, for all who wait for it here. So none is waited for alone.

use std::collections::BTreeMap;
use std::task::{Context, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use super::many::ManyLoader;
use super::stepwise::{Next, Walk};
use crate::base::sync::Arc;
use crate::base::{Clock as _, SystemClock};

/// Until when each of some walks waits, by its index; in uptime.
#[derive(Debug, Default)]
pub(super) struct Waits(BTreeMap<usize, Duration>);

impl Waits {
    /// Blocks until one of the waits is over, and tells the walks whose are.
    pub(super) fn run<L: ManyLoader>(
        &mut self,
        walks: &mut [Option<Walk>],
        waits: &[(usize, Next)],
        loader: &mut L,
    ) {
        let now = SystemClock.uptime();
        for (index, next) in waits {
            let (Next::Await { at_most: span } | Next::Pause(span)) = next else { continue };
            self.0.entry(*index).or_insert_with(|| now.saturating_add(*span));
        }
        for index in loader.block(|| self.over(walks, waits)) {
            self.0.remove(&index);
            let is_pause =
                waits.iter().any(|(other, next)| *other == index && matches!(next, Next::Pause(_)));
            match walks.get_mut(index) {
                Some(Some(walk)) if is_pause => walk.paused(),
                Some(Some(walk)) => walk.waited(),
                _ => {}
            }
        }
    }

    /// The waits that are over, once there are some.
    fn over(&self, walks: &mut [Option<Walk>], waits: &[(usize, Next)]) -> Vec<usize> {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            let now = SystemClock.uptime();
            let is_over = |(index, next): &&(usize, Next)| {
                let is_due = self.0.get(index).is_none_or(|until| *until <= now);
                is_due
                    || match (next, walks.get_mut(*index)) {
                        (Next::Await { .. }, Some(Some(walk))) => {
                            walk.poll_landed(&mut context).is_ready()
                        }
                        _ => false,
                    }
            };
            let over: Vec<_> = waits.iter().filter(is_over).map(|(index, _)| *index).collect();
            let next = waits.iter().filter_map(|(index, _)| self.0.get(index)).min();
            match next {
                Some(until) if over.is_empty() => thread::park_timeout(until.saturating_sub(now)),
                _ => return over,
            }
        }
    }
}

/// Wakes the thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
