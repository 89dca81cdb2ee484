//! Every state that the store may be in.

use std::collections::BTreeSet;

use surecache::Clock;
use surecache::stores::{Acquired, Fetched, Generation, Reading, Reply, Store};
use surecache_testkit::{Fault, ManualClock};

use crate::operation::Operation;
use crate::world::{Answer, World};

/// The possible states, and the generations that were ever seen.
pub(crate) struct Model {
    worlds: BTreeSet<World>,
    seen: BTreeSet<[u8; 16]>,
}

impl Model {
    /// An empty store.
    pub(crate) fn new() -> Self {
        Self { worlds: BTreeSet::from([World::default()]), seen: BTreeSet::new() }
    }

    /// Does one operation, and keeps the states that its answer may have come from. `fault` tells
    /// afterwards what the operation met.
    ///
    /// # Panics
    /// Where no state is left.
    pub(crate) fn step<S: Store>(
        &mut self,
        store: &S,
        clock: &ManualClock,
        operation: &Operation,
        fault: impl Fn() -> Fault,
    ) {
        let now_ms = clock.unix_ms();
        let Some(answer) = operation.ask(store, clock) else { return };
        let before = std::mem::take(&mut self.worlds);
        let told = match &answer {
            Err(error) => {
                assert!(error.is_unavailable(), "an error that nobody asked for: {error}");
                let carried_out =
                    before.iter().filter_map(|world| world.after(operation, now_ms, Answer::None));
                self.worlds = carried_out.chain(before.iter().cloned()).collect();
                return self.bound();
            }
            Ok(reply) => {
                let is_damaged = fault() != Fault::None;
                Answer::Told { reply, is_damaged, seen: &self.seen }
            }
        };
        self.worlds =
            before.iter().filter_map(|world| world.after(operation, now_ms, told)).collect();
        assert!(!self.worlds.is_empty(), "{operation:?} gave {answer:?}, possible: {before:?}");
        if let Ok(reply) = &answer {
            self.seen.extend(readings(reply).map(|Reading { generation: Generation(it), .. }| it));
        }
        self.bound();
    }

    fn bound(&self) {
        assert!(self.worlds.len() < 20_000, "too many states to go on: {}", self.worlds.len());
    }
}

/// The generations in a reply.
fn readings(reply: &Reply) -> impl Iterator<Item = Reading> {
    let list: &[Option<Reading>] = match reply {
        Reply::Generations(list) | Reply::FetchedMany { generations: list, .. } => list,
        Reply::Fetched(Fetched { generations, .. }) => generations,
        Reply::Acquired(Acquired::Held { .. } | Acquired::Taken { .. }) => &[],
        _ => &[],
    };
    list.iter().copied().flatten()
}
