//! Loads that hang: on the machine's clock, as waiting is what is tested.

use std::time::Duration;

use surecache::{ErrorKind, LoadError};
use surecache_testkit::Fault;

use crate::answers::{Loads, Spec, user};
use crate::door::Door;
use crate::gate::Gate;
use crate::ground::{Ground, on_each_ground};
use crate::readers::Readers;

on_each_ground! {
    where_a_load_hangs_one_reader_takes_over_and_the_others_get_its_answer,
    where_a_load_hangs_in_another_process_one_reader_takes_over,
    who_takes_over_is_not_put_aside_by_those_who_waited_with_it,
    with_a_dead_store_too_a_load_that_hangs_starts_no_herd,
    who_has_waited_twice_is_told_so,
}

fn impatient() -> Spec {
    Spec::public().with_policy(|policy| policy.with_wait(Duration::from_secs(1)))
}

/// Whoever would put a new leader aside at once has done so by then, and nobody may yet.
const HALF_A_WAIT: Duration = Duration::from_millis(500);

/// A reader whose load hangs until the gate opens.
fn hang(door: &Door, loads: &Loads, gate: &Gate) -> Readers<String> {
    let (door, loads, theirs) = (door.clone(), loads.clone(), gate.clone());
    let hanging = Readers::start(1, move |_| {
        let script = theirs.hold(&loads, |number| format!("load {number}"));
        door.get(&impatient(), &user(42), &script).unwrap()
    });
    gate.wait_for(1);
    hanging
}

fn where_a_load_hangs_one_reader_takes_over_and_the_others_get_its_answer(ground: &Ground) {
    let (door, loads, gate) = (ground.door(), Loads::new(), Gate::new());
    let hanging = hang(&door, &loads, &gate);
    let readers = Readers::start(20, {
        let (door, loads) = (door.clone(), loads.clone());
        move |_| {
            let script = loads.run(|number| Ok(format!("load {number}")));
            door.get(&impatient(), &user(42), &script).unwrap()
        }
    });
    assert_eq!(readers.finish(), vec!["load 2"; 20]);
    assert_eq!(loads.count(), 2);
    // The load that hung comes back: its own reader gets it, the store does not.
    gate.open();
    assert_eq!(hanging.finish(), ["load 1"]);
    assert_eq!(door.get(&impatient(), &user(42), &loads.say("never")).unwrap(), "load 2");
    assert_eq!(loads.count(), 2);
    assert_eq!(door.summary().puts.get("fenced"), Some(&1));
}

fn where_a_load_hangs_in_another_process_one_reader_takes_over(ground: &Ground) {
    let (one, other) = (ground.door(), ground.door());
    let (loads, gate) = (Loads::new(), Gate::new());
    let hanging = hang(&one, &loads, &gate);
    let readers = Readers::start(10, {
        let (other, loads) = (other.clone(), loads.clone());
        move |_| {
            let script = loads.run(|number| Ok(format!("load {number}")));
            other.get(&impatient(), &user(42), &script).unwrap()
        }
    });
    assert_eq!(readers.finish(), vec!["load 2"; 10]);
    assert_eq!(loads.count(), 2);
    gate.open();
    assert_eq!(hanging.finish(), ["load 1"]);
    assert_eq!(one.get(&impatient(), &user(42), &loads.say("never")).unwrap(), "load 2");
}

/// The load that takes over is a slow one. Those who waited for the first have used up their time
/// for that one only; they come from two processes, one of which only watches.
fn who_takes_over_is_not_put_aside_by_those_who_waited_with_it(ground: &Ground) {
    let (one, other) = (ground.door(), ground.door());
    let (loads, hung, slow) = (Loads::new(), Gate::new(), Gate::new());
    let hanging = hang(&one, &loads, &hung);
    let readers = Readers::start(20, {
        let (doors, loads, slow) = ([one, other], loads.clone(), slow.clone());
        move |number| {
            let script = slow.hold(&loads, |number| format!("load {number}"));
            doors[number % 2].get(&impatient(), &user(42), &script).unwrap()
        }
    });
    slow.wait_for(1);
    std::thread::sleep(HALF_A_WAIT);
    assert_eq!(loads.count(), 2);
    slow.open();
    assert_eq!(readers.finish(), vec!["load 2"; 20]);
    hung.open();
    assert_eq!(hanging.finish(), ["load 1"]);
}

/// Of those who wait, one is the first to have waited for long enough. The one that was to load
/// next, and those who were to share that load, come after it, and share this one.
fn with_a_dead_store_too_a_load_that_hangs_starts_no_herd(ground: &Ground) {
    let door = ground.door_on(|_| Fault::FailBefore);
    let (loads, hung, slow) = (Loads::new(), Gate::new(), Gate::new());
    let hanging = hang(&door, &loads, &hung);
    let readers = Readers::start(20, {
        let (door, loads, slow) = (door.clone(), loads.clone(), slow.clone());
        move |_| {
            let script = slow.hold(&loads, |number| format!("load {number}"));
            door.get(&impatient(), &user(42), &script).unwrap()
        }
    });
    slow.wait_for(1);
    std::thread::sleep(HALF_A_WAIT);
    assert_eq!(loads.count(), 2);
    slow.open();
    assert_eq!(readers.finish(), vec!["load 2"; 20]);
    hung.open();
    assert_eq!(hanging.finish(), ["load 1"]);
}

/// The load hangs, and so does that of the reader who takes over.
fn who_has_waited_twice_is_told_so(ground: &Ground) {
    let (door, loads, gate) = (ground.door(), Loads::new(), Gate::new());
    let hanging = hang(&door, &loads, &gate);
    let mut readers = Readers::start(5, {
        let (door, loads, gate) = (door.clone(), loads.clone(), gate.clone());
        move |_| {
            let script = gate.hold(&loads, |number| format!("load {number}"));
            door.get(&impatient(), &user(42), &script)
        }
    });
    for _ in 0..4 {
        match readers.next() {
            Err(LoadError::Cache(error)) => {
                assert_eq!(error.kind(), ErrorKind::Timeout);
                assert!(error.is_timeout());
            }
            other => panic!("wanted a time-out, found: {other:?}"),
        }
    }
    assert_eq!((loads.count(), door.outcomes("timed_out")), (2, 4));
    gate.open();
    assert_eq!(readers.next().unwrap(), "load 2");
    assert_eq!(hanging.finish(), ["load 1"]);
}
