//! Ranks of those in a process who wait for the same places: the first looks at the store, and the
//! others wait until they are the first. So a release costs a process one look or two, and not one
//! for each waiter.
//!
//! This is no queue for the lock: who comes later and finds it free has it. Nor is anybody left to
//! the first: who has waited long enough looks himself.

use std::collections::{HashMap, VecDeque};

use super::terms::Places;
use crate::base::fork;
use crate::base::sync::{Arc, Mutex, lock};
use crate::store::{Wake, Watch};

/// All who wait in this process, by what they wait for.
#[derive(Debug, Default)]
pub(super) struct Ranks {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: HashMap<Places, VecDeque<(u64, Arc<Wake>)>>,
    last: u64,
}

/// The rank of one who waits. Dropped, those behind go on by one.
#[derive(Debug)]
pub(super) struct Rank {
    ranks: Arc<Ranks>,
    places: Places,
    number: u64,
    generation: u64,
    /// Told when it becomes the first.
    pub(super) watch: Watch,
}

impl Ranks {
    pub(super) fn join(self: &Arc<Self>, places: &Places) -> Rank {
        let wake = Arc::new(Wake::default());
        let watch = Watch::new(Arc::clone(&wake), None);
        let mut state = lock(&self.state);
        state.last += 1;
        let number = state.last;
        state.waiting.entry(places.clone()).or_default().push_back((number, wake));
        drop(state);
        let (ranks, generation) = (Arc::clone(self), fork::generation());
        Rank { ranks, places: places.clone(), number, generation, watch }
    }
}

impl Rank {
    pub(super) fn is_first(&self) -> bool {
        if !self.is_here() {
            return true;
        }
        let state = lock(&self.ranks.state);
        let first = state.waiting.get(&self.places).and_then(VecDeque::front);
        first.is_some_and(|(number, _)| *number == self.number)
    }

    /// False in a forked child, which must not touch what it inherited.
    fn is_here(&self) -> bool {
        self.generation == fork::generation()
    }
}

impl Drop for Rank {
    fn drop(&mut self) {
        if !self.is_here() {
            return;
        }
        let next = {
            let mut state = lock(&self.ranks.state);
            let Some(waiting) = state.waiting.get_mut(&self.places) else { return };
            waiting.retain(|(number, _)| *number != self.number);
            let next = waiting.front().map(|(_, wake)| Arc::clone(wake));
            if next.is_none() {
                state.waiting.remove(&self.places);
            }
            next
        };
        // It may be told twice, and looks once more then.
        if let Some(next) = next {
            next.tell();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;

    fn is_told(rank: &mut Rank) -> bool {
        rank.watch.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn the_first_is_followed_by_the_next() {
        let (ranks, lock) = (Arc::new(Ranks::default()), Places::lock(b"k"));
        let (first, mut second, mut third) =
            (ranks.join(&lock), ranks.join(&lock), ranks.join(&lock));
        let other = ranks.join(&Places::lock(b"l"));
        assert!(first.is_first() && !second.is_first() && !third.is_first());
        assert!(other.is_first());
        assert!(!is_told(&mut second));
        drop(first);
        assert!(second.is_first() && is_told(&mut second));
        assert!(!is_told(&mut third));
        drop(second);
        assert!(third.is_first() && is_told(&mut third));
        drop((third, other));
        assert!(super::lock(&ranks.state).waiting.is_empty());
    }
}
