//! Waiting for a lease that another process holds: who waits is told, and looks again.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::base::sync::{Arc, Condvar, Mutex, PoisonError, lock};

/// Tells those who watch something that it may have changed. Told too often is harmless: who is
/// told looks again.
#[derive(Debug, Default)]
pub struct Wake {
    state: Mutex<State>,
    told: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// How often it was told.
    count: u64,
    wakers: Vec<Waker>,
}

/// One who watches. What happens between two waits is not missed.
#[derive(Debug)]
pub struct Watch {
    wake: Arc<Wake>,
    /// How often it had been told when this one looked last.
    seen: u64,
    _kept: Option<Box<dyn Kept>>,
}

/// What a watch keeps up while it lives: a subscription.
pub trait Kept: std::fmt::Debug + Send + Sync {}

impl Wake {
    /// Wakes all who watch.
    pub fn tell(&self) {
        let wakers = {
            let mut state = lock(&self.state);
            state.count += 1;
            std::mem::take(&mut state.wakers)
        };
        self.told.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Watch {
    /// Watches from now on; `kept` is dropped with it.
    pub fn new(wake: Arc<Wake>, kept: Option<Box<dyn Kept>>) -> Self {
        let seen = lock(&wake.state).count;
        Self { wake, seen, _kept: kept }
    }

    /// The same watch, told already: what happened just before it began may have been missed.
    #[must_use]
    pub fn that_looks_first(mut self) -> Self {
        self.seen = self.seen.wrapping_sub(1);
        self
    }

    /// Blocks until it is told, at most so long; true where it was.
    pub fn wait(&mut self, at_most: Duration) -> bool {
        let state = lock(&self.wake.state);
        let seen = self.seen;
        let waited = self.wake.told.wait_timeout_while(state, at_most, |state| state.count == seen);
        self.seen = waited.unwrap_or_else(PoisonError::into_inner).0.count;
        self.seen != seen
    }

    /// Ready when it was told; the waker is called once when it is.
    pub fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = lock(&self.wake.state);
        if state.count != self.seen {
            self.seen = state.count;
            return Poll::Ready(());
        }
        let waker = context.waker();
        if !state.wakers.iter().any(|known| known.will_wake(waker)) {
            state.wakers.push(waker.clone());
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_between_two_waits_is_not_missed() {
        let wake = Arc::new(Wake::default());
        let mut watch = Watch::new(Arc::clone(&wake), None);
        let mut context = Context::from_waker(Waker::noop());
        assert!(watch.poll(&mut context).is_pending());
        wake.tell();
        wake.tell();
        assert!(watch.poll(&mut context).is_ready());
        assert!(watch.poll(&mut context).is_pending());
        wake.tell();
        // Ends at once: an hour would end the test.
        watch.wait(Duration::from_secs(3600));
        assert!(watch.poll(&mut context).is_pending());
    }

    #[test]
    fn who_came_late_looks_first() {
        let wake = Arc::new(Wake::default());
        let mut watch = Watch::new(wake, None).that_looks_first();
        let mut context = Context::from_waker(Waker::noop());
        assert!(watch.poll(&mut context).is_ready());
        assert!(watch.poll(&mut context).is_pending());
    }

    #[test]
    fn who_watches_from_now_on_is_not_told_of_what_was() {
        let wake = Arc::new(Wake::default());
        wake.tell();
        let mut watch = Watch::new(Arc::clone(&wake), None);
        assert!(watch.poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
}
