//! Every read is counted once, and every refusal.

use std::collections::BTreeMap;

use surecache::driver::Core;
use surecache::{Admission, Statistics, Tag};

use crate::answers::{Loads, Spec, TTL, Which, user};
use crate::ground::{Ground, SECRET, on_each_ground};

on_each_ground! {
    each_read_ends_in_one_outcome_and_each_refusal_is_counted_once,
    the_numbers_of_all_processes_are_added_up,
    the_hit_rate_counts_what_needed_no_load,
}

fn counts<const N: usize>(wanted: [(&str, u64); N]) -> BTreeMap<String, u64> {
    wanted.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

fn each_read_ends_in_one_outcome_and_each_refusal_is_counted_once(ground: &Ground) {
    let ground = ground.with_manual_clock();
    let (door, loads, spec) = (ground.door(), Loads::new(), Spec::public().on_user_row());
    let ask = || drop(door.get(&spec, &user(42), &loads.say("text")));
    ask();
    ask();
    ask();
    ground.advance(TTL);
    ask();
    door.invalidate([Tag::row("users", "id", 42)]).unwrap();
    ask();
    door.invalidate_key(&spec, &user(42)).unwrap();
    drop(door.get(&spec, &user(42), &loads.fail("down")));
    drop(door.get_admitted(Admission::Bypass, &spec, &user(42), &loads.say("text")));
    drop(door.get_admitted(Admission::ReadOnly, &spec, &user(42), &loads.say("text")));
    let found = door.summary();
    let outcomes =
        counts([("bypassed", 1), ("failed", 1), ("hit", 2), ("loaded", 3), ("unstored", 1)]);
    assert_eq!(found.outcomes, outcomes);
    assert_eq!(found.refusals, counts([("invalidated", 1)]));
    assert_eq!(found.puts, counts([]));
    assert_eq!(found.reads(), 8);
    assert_eq!(found.load_latency.count(), loads.count() as u64);
    assert_eq!(found.hit_latency.count(), 2);
}

fn the_numbers_of_all_processes_are_added_up(ground: &Ground) {
    let (one, other, loads) = (ground.door(), ground.door(), Loads::new());
    let spec = Spec::public();
    for door in [&one, &other] {
        for which in [Which::Outer, Which::Inner] {
            door.get_from(which, &spec, &user(42), &loads.say("text")).unwrap();
        }
    }
    other.get(&spec, &user(42), &loads.say("text")).unwrap();
    // A process that asks writes its own numbers; the others do so each second, or at once here.
    other.core().report().unwrap();
    let Statistics { regions, .. } = one.statistics();
    assert_eq!(regions["outer"].outcomes, counts([("hit", 2), ("loaded", 1)]));
    assert_eq!(regions["inner"].outcomes, counts([("hit", 1), ("loaded", 1)]));
    // Asking again adds nothing.
    assert_eq!(one.statistics().regions, regions);
    let nobody = Core::with_store(ground.store(), &ground.config().with_secret(SECRET)).unwrap();
    assert_eq!(nobody.own_statistics(), Statistics::default());
}

fn the_hit_rate_counts_what_needed_no_load(ground: &Ground) {
    let (door, loads, spec) = (ground.door(), Loads::new(), Spec::public());
    assert_eq!(door.summary().hit_rate(), None);
    for _ in 0..4 {
        door.get(&spec, &user(42), &loads.say("text")).unwrap();
    }
    assert_eq!(door.summary().hit_rate(), Some(0.75));
}
