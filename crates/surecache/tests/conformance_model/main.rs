//! Random requests to a store that fails at random, beside a plain map.
//!
//! An error leaves open whether the request was carried out. So the map is kept in every state that
//! is possible: after an error both, and each later answer rules out the states that it cannot have
//! come from. A store is wrong when no state is left.

mod model;
mod operation;
mod world;

use std::sync::{Arc, Mutex};

use model::Model;
use operation::{Operation, operation};
use proptest::prelude::*;
use surecache::Clock;
use surecache::stores::{Memory, Store};
use surecache_testkit::{Fault, FaultyStore, ManualClock, Rates, Seeded, unique_name};

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn memory_answers_as_a_plain_map_whatever_fails(steps in steps()) {
        let clock = Arc::new(ManualClock::new());
        let store = Memory::named(&unique_name(), "test", Arc::clone(&clock) as Arc<dyn Clock>);
        run_each(store, &clock, &steps);
    }
}

#[cfg(feature = "embedded")]
proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn embedded_answers_as_a_plain_map_whatever_fails(steps in steps()) {
        let clock = Arc::new(ManualClock::new());
        let folder = surecache_testkit::Folder::new();
        run_each(embedded(&folder, &clock), &clock, &steps);
    }
}

#[test]
fn memory_answers_as_a_plain_map_through_a_long_life() {
    let clock = Arc::new(ManualClock::new());
    let store = Memory::named(&unique_name(), "test", Arc::clone(&clock) as Arc<dyn Clock>);
    run_long(store, &clock);
}

#[cfg(feature = "embedded")]
#[test]
fn embedded_answers_as_a_plain_map_through_a_long_life() {
    let clock = Arc::new(ManualClock::new());
    let folder = surecache_testkit::Folder::new();
    run_long(embedded(&folder, &clock), &clock);
}

/// A failure prints its case; the source tree is left as it is.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Each operation meets the fault that was drawn with it.
fn run_each<S: Store>(store: S, clock: &ManualClock, steps: &[(Operation, Fault)]) {
    let next = Arc::new(Mutex::new(Fault::None));
    let drawn = Arc::clone(&next);
    let store = FaultyStore::new(store)
        .with_rule(move |_| drawn.lock().unwrap_or_else(|error| error.into_inner()).clone());
    let mut model = Model::new();
    for (operation, fault) in steps {
        next.lock().unwrap_or_else(|error| error.into_inner()).clone_from(fault);
        model.step(&store, clock, operation, || fault.clone());
    }
}

/// Thousands of operations and faults, drawn from one seed.
fn run_long<S: Store>(store: S, clock: &ManualClock) {
    let rates = Rates { fail_after: 30, fail_before: 30, damage: 60 };
    let (mut plan, met) = (Seeded::new(7, rates), Arc::new(Mutex::new(Fault::None)));
    let noted = Arc::clone(&met);
    let store = FaultyStore::new(store).with_rule(move |request| {
        let fault = plan.next(request);
        noted.lock().unwrap_or_else(|error| error.into_inner()).clone_from(&fault);
        fault
    });
    let mut draws = operation::Draws::new(11);
    let mut model = Model::new();
    for _ in 0..5000 {
        model.step(&store, clock, &draws.operation(), || {
            met.lock().unwrap_or_else(|error| error.into_inner()).clone()
        });
    }
}

#[cfg(feature = "embedded")]
fn embedded(
    folder: &surecache_testkit::Folder,
    clock: &Arc<ManualClock>,
) -> surecache::stores::Embedded {
    use surecache::stores::{Embedded, EmbeddedOptions};
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    match Embedded::open(folder.path(), "test", &EmbeddedOptions::new(), clock) {
        Ok(store) => store,
        Err(error) => panic!("the store did not open: {error}"),
    }
}

fn steps() -> impl Strategy<Value = Vec<(Operation, Fault)>> {
    prop::collection::vec((operation(), fault()), 1..60)
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        8 => Just(Fault::None),
        1 => Just(Fault::FailAfter),
        1 => Just(Fault::FailBefore),
        1 => (0..400_usize).prop_map(|bit| Fault::Flip { bit }),
        1 => (0..40_usize).prop_map(|bytes| Fault::Truncate { bytes }),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Fault::Foreign),
    ]
}
