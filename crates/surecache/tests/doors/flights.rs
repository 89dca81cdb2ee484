//! One load, however many ask.

use crate::answers::{Loads, Spec, user};
use crate::gate::Gate;
use crate::ground::{Ground, on_each_ground};
use crate::readers::Readers;

on_each_ground! {
    a_hundred_readers_of_one_slow_load_cause_one,
    readers_of_two_processes_cause_one_load,
    readers_of_different_keys_do_not_wait_for_each_other,
    a_load_that_may_not_be_stored_is_given_to_nobody_else,
}

fn a_hundred_readers_of_one_slow_load_cause_one(ground: &Ground) {
    let (door, loads, gate) = (ground.door(), Loads::new(), Gate::new());
    let readers = Readers::start(100, {
        let (door, loads, gate) = (door.clone(), loads.clone(), gate.clone());
        move |_| {
            let script = gate.hold(&loads, |number| number.to_string());
            door.get(&Spec::public(), &user(42), &script).unwrap()
        }
    });
    gate.wait_for(1);
    readers.wait_until_asleep();
    gate.open();
    assert_eq!(readers.finish(), vec!["1"; 100]);
    assert_eq!(loads.count(), 1);
    // Who sleeps may still wait for a server's answer, and then finds what was stored.
    let (collapsed, hits) = (door.outcomes("collapsed"), door.outcomes("hit"));
    assert_eq!((door.outcomes("loaded"), collapsed + hits), (1, 99));
    assert!(collapsed > 0);
    assert!(hits == 0 || !door.core().is_local());
}

fn readers_of_two_processes_cause_one_load(ground: &Ground) {
    let (doors, loads, gate) = ([ground.door(), ground.door()], Loads::new(), Gate::new());
    let readers = Readers::start(40, {
        let (doors, loads, gate) = (doors.clone(), loads.clone(), gate.clone());
        move |number| {
            let script = gate.hold(&loads, |number| number.to_string());
            doors[number % 2].get(&Spec::public(), &user(42), &script).unwrap()
        }
    });
    gate.wait_for(1);
    gate.open();
    assert_eq!(readers.finish(), vec!["1"; 40]);
    assert_eq!(loads.count(), 1);
}

fn readers_of_different_keys_do_not_wait_for_each_other(ground: &Ground) {
    let (door, loads, gate) = (ground.door(), Loads::new(), Gate::new());
    let held = Readers::start(1, {
        let (door, loads, gate) = (door.clone(), loads.clone(), gate.clone());
        move |_| {
            let script = gate.hold(&loads, |_| "held".to_owned());
            door.get(&Spec::public(), &user(1), &script).unwrap()
        }
    });
    gate.wait_for(1);
    assert_eq!(door.get(&Spec::public(), &user(2), &loads.say("free")).unwrap(), "free");
    gate.open();
    assert_eq!(held.finish(), ["held"]);
}

/// Three readers wait for a load that turns out to be unstorable: each gets an answer of its own.
fn a_load_that_may_not_be_stored_is_given_to_nobody_else(ground: &Ground) {
    let (door, loads, gate) = (ground.door(), Loads::new(), Gate::new());
    let readers = Readers::start(4, {
        let (door, loads, gate) = (door.clone(), loads.clone(), gate.clone());
        move |_| {
            let mut script = gate.hold(&loads, |number| number.to_string());
            script.push(crate::answers::Act::Forbid);
            door.get(&Spec::public(), &user(42), &script).unwrap()
        }
    });
    gate.wait_for(1);
    readers.wait_until_asleep();
    gate.open();
    let mut given = readers.finish();
    given.sort();
    assert_eq!(given, ["1", "2", "3", "4"]);
    assert_eq!(door.outcomes("unstored"), 4);
}
