//! Loads that fail, and loads that panic.

use std::sync::Arc;

use surecache::LoadError;

use crate::answers::{Failure, Loads, Spec, user};
use crate::gate::Gate;
use crate::ground::{Ground, on_each_ground};
use crate::readers::Readers;

on_each_ground! {
    a_failed_load_fails_all_who_waited_for_it_with_one_error,
    a_failure_is_not_stored,
    a_failure_in_one_process_is_not_the_other_processes,
    a_panic_in_a_loader_is_its_own_and_the_next_waiter_loads,
}

fn a_failed_load_fails_all_who_waited_for_it_with_one_error(ground: &Ground) {
    let (door, loads, gate) = (ground.door(), Loads::new(), Gate::new());
    let readers = Readers::start(20, {
        let (door, loads, gate) = (door.clone(), loads.clone(), gate.clone());
        move |_| {
            let gate = gate.clone();
            let script = loads.run(move |_| {
                gate.pass();
                Err(Failure("no such user".to_owned()))
            });
            door.get(&Spec::public(), &user(42), &script)
        }
    });
    gate.wait_for(1);
    readers.wait_until_asleep();
    gate.open();
    let errors: Vec<Arc<Failure>> = readers
        .finish()
        .into_iter()
        .map(|given| match given {
            Err(LoadError::Loader(error)) => error,
            other => panic!("wanted the loader's error, found: {other:?}"),
        })
        .collect();
    assert_eq!(loads.count(), 1);
    assert_eq!(errors.len(), 20);
    assert!(errors.iter().all(|error| Arc::ptr_eq(error, &errors[0])), "more than one error");
    assert_eq!(door.outcomes("failed"), 20);
}

fn a_failure_is_not_stored(ground: &Ground) {
    let (door, loads, spec) = (ground.door(), Loads::new(), Spec::public());
    assert!(door.get(&spec, &user(42), &loads.fail("down")).is_err());
    assert_eq!(door.get(&spec, &user(42), &loads.say("up")).unwrap(), "up");
    assert_eq!(door.get(&spec, &user(42), &loads.fail("down")).unwrap(), "up");
    assert_eq!(loads.count(), 2);
}

fn a_failure_in_one_process_is_not_the_other_processes(ground: &Ground) {
    let (one, other) = (ground.door(), ground.door());
    let (loads, gate) = (Loads::new(), Gate::new());
    let leader = Readers::start(1, {
        let (loads, gate) = (loads.clone(), gate.clone());
        move |_| {
            let gate = gate.clone();
            let script = loads.run(move |_| {
                gate.pass();
                Err(Failure("out of connections".to_owned()))
            });
            one.get(&Spec::public(), &user(42), &script)
        }
    });
    gate.wait_for(1);
    let waiters = Readers::start(5, {
        let loads = loads.clone();
        move |_| other.get(&Spec::public(), &user(42), &loads.say("loaded here"))
    });
    gate.open();
    assert!(matches!(leader.finish()[..], [Err(LoadError::Loader(_))]));
    for given in waiters.finish() {
        assert_eq!(given.unwrap(), "loaded here");
    }
    assert_eq!(loads.count(), 2);
}

fn a_panic_in_a_loader_is_its_own_and_the_next_waiter_loads(ground: &Ground) {
    let (door, loads, gate) = (ground.door(), Loads::new(), Gate::new());
    let readers = Readers::start(10, {
        let (door, loads, gate) = (door.clone(), loads.clone(), gate.clone());
        move |_| {
            let gate = gate.clone();
            let script = loads.run(move |number| {
                gate.pass();
                assert!(number > 1, "the panic of a loader, on purpose");
                Ok("whole".to_owned())
            });
            door.get(&Spec::public(), &user(42), &script).unwrap()
        }
    });
    gate.wait_for(1);
    readers.wait_until_asleep();
    gate.open();
    let (given, panics): (Vec<_>, Vec<_>) =
        readers.finish_each().into_iter().partition(Result::is_ok);
    assert_eq!((given.len(), panics.len()), (9, 1));
    assert!(given.into_iter().all(|text| text.unwrap() == "whole"));
    assert_eq!(loads.count(), 2);
}
