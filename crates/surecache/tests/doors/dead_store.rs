//! A store that fails: readers load for themselves, and nothing wrong is believed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use surecache::stores::Request;
use surecache::{Clock as _, SystemClock, Tag};
use surecache_testkit::{Fault, Rates, Seeded};

use crate::answers::{Loads, Row, Script, Spec, user};
use crate::gate::Gate;
use crate::ground::{Ground, on_each_ground};
use crate::readers::Readers;

on_each_ground! {
    with_a_dead_store_every_read_loads,
    with_a_dead_store_readers_share_only_a_load_that_began_after_them,
    with_a_dead_store_a_failed_load_fails_its_own_readers,
    what_could_not_be_invalidated_is_not_believed_here,
    a_put_that_fails_costs_the_store_and_not_the_reader,
    a_store_that_comes_back_is_used_again,
    a_store_that_fails_at_random_gives_no_wrong_answer,
    a_lease_whose_reply_was_lost_is_given_back,
}

fn numbered(loads: &Loads) -> Script {
    loads.run(|number| Ok(number.to_string()))
}

fn with_a_dead_store_every_read_loads(ground: &Ground) {
    for fault in [Fault::FailBefore, Fault::FailAfter] {
        let (door, loads) = (ground.door_on(move |_| fault.clone()), Loads::new());
        for number in 1..=3 {
            let given = door.get(&Spec::public(), &user(42), &numbered(&loads));
            assert_eq!(given.unwrap(), number.to_string());
        }
        assert_eq!(door.outcomes("unavailable"), 3);
        assert!(door.invalidate([Tag::named("rates")]).unwrap_err().is_unavailable());
        let spec = Spec::public();
        assert!(door.invalidate_key(&spec, &user(42)).unwrap_err().is_unavailable());
    }
}

/// One load runs; twenty readers come meanwhile. What runs may be older than they: they wait for
/// the next one, and share that.
fn with_a_dead_store_readers_share_only_a_load_that_began_after_them(ground: &Ground) {
    let (door, loads) = (ground.door_on(|_| Fault::FailBefore), Loads::new());
    let (row, gate) = (Row::new("old"), Gate::new());
    let read = {
        let (door, loads, row, gate) = (door.clone(), loads.clone(), row.clone(), gate.clone());
        move |_| {
            let row = row.clone();
            let script = gate.hold(&loads, move |_| row.get());
            door.get(&Spec::public(), &user(42), &script).unwrap()
        }
    };
    let first = Readers::start(1, read.clone());
    gate.wait_for(1);
    row.set("new");
    let later = Readers::start(20, read);
    later.wait_until_asleep();
    assert_eq!(loads.count(), 1);
    gate.open();
    assert_eq!(first.finish(), ["old"]);
    assert_eq!(later.finish(), ["new"; 20]);
    assert_eq!(loads.count(), 2);
    assert_eq!((door.outcomes("unavailable"), door.outcomes("collapsed")), (2, 19));
}

fn with_a_dead_store_a_failed_load_fails_its_own_readers(ground: &Ground) {
    let (door, loads) = (ground.door_on(|_| Fault::FailBefore), Loads::new());
    assert!(door.get(&Spec::public(), &user(42), &loads.fail("down too")).is_err());
    assert_eq!(door.get(&Spec::public(), &user(42), &loads.say("up")).unwrap(), "up");
    // A panic too leaves the way free.
    let panicked = Readers::start(1, {
        let door = door.clone();
        move |_| {
            let script = Loads::new().run(|_| panic!("the panic of a loader, on purpose"));
            drop(door.get(&Spec::public(), &user(42), &script));
        }
    });
    assert!(panicked.finish_each()[0].is_err());
    assert_eq!(door.get(&Spec::public(), &user(42), &loads.say("up")).unwrap(), "up");
}

/// The writer is refused, readers are not: what it wanted to end would still be believed.
fn what_could_not_be_invalidated_is_not_believed_here(ground: &Ground) {
    let is_down = Arc::new(AtomicBool::new(false));
    let door = ground.door_on({
        let is_down = Arc::clone(&is_down);
        move |request| match request {
            Request::Invalidate { .. } if is_down.load(Ordering::SeqCst) => Fault::FailBefore,
            _ => Fault::None,
        }
    });
    let (loads, spec) = (Loads::new(), Spec::public().on_user_row());
    let ask = |id| door.get(&spec, &user(id), &numbered(&loads)).unwrap();
    assert_eq!([ask(1), ask(2)], ["1", "2"]);
    is_down.store(true, Ordering::SeqCst);
    assert!(door.invalidate([Tag::row("users", "id", 1)]).unwrap_err().is_unavailable());
    assert_eq!([ask(1), ask(2)], ["3", "2"]);
    assert_eq!([ask(1), ask(2)], ["4", "2"]);
    assert_eq!(door.refusals("undelivered"), 2);
    is_down.store(false, Ordering::SeqCst);
    // The next invalidation, of whatever, delivers the first one too.
    door.invalidate([Tag::named("rates")]).unwrap();
    assert_eq!([ask(1), ask(2)], ["5", "2"]);
    assert_eq!([ask(1), ask(2)], ["5", "2"]);
    let other = ground.door();
    assert_eq!(other.get(&spec, &user(1), &loads.say("never")).unwrap(), "5");
}

fn a_put_that_fails_costs_the_store_and_not_the_reader(ground: &Ground) {
    let door = ground.door_on(|request| match request {
        Request::Put { .. } => Fault::FailBefore,
        _ => Fault::None,
    });
    let loads = Loads::new();
    for number in 1..=2 {
        let given = door.get(&Spec::public(), &user(42), &numbered(&loads));
        assert_eq!(given.unwrap(), number.to_string());
    }
    assert_eq!((door.outcomes("loaded"), door.summary().puts.get("failed")), (2, Some(&2)));
}

fn a_store_that_comes_back_is_used_again(ground: &Ground) {
    let is_down = Arc::new(AtomicBool::new(false));
    let door = ground.door_on({
        let is_down = Arc::clone(&is_down);
        move |_| match is_down.load(Ordering::SeqCst) {
            true => Fault::FailBefore,
            false => Fault::None,
        }
    });
    let loads = Loads::new();
    let ask = || door.get(&Spec::public(), &user(42), &numbered(&loads)).unwrap();
    assert_eq!([ask(), ask()], ["1", "1"]);
    is_down.store(true, Ordering::SeqCst);
    assert_eq!([ask(), ask()], ["2", "3"]);
    is_down.store(false, Ordering::SeqCst);
    assert_eq!(ask(), "1");
}

/// One reader and writer in one, so that each answer has one right value.
fn a_store_that_fails_at_random_gives_no_wrong_answer(ground: &Ground) {
    // A short lease and wait: an answer that was lost may leave a lease behind.
    let spec = Spec::public().on_user_row().with_policy(|policy| {
        policy.with_lease(Duration::from_millis(50)).with_wait(Duration::from_millis(100))
    });
    for seed in 0..4 {
        let mut plan = Seeded::new(seed, Rates { fail_after: 60, fail_before: 60, damage: 120 });
        let door = ground.door_on(move |request| plan.next(request));
        let (row, loads) = (Arc::new(AtomicU64::new(0)), Loads::new());
        for step in 1..=200_u64 {
            if step % 5 == 0 {
                row.store(step, Ordering::SeqCst);
                // Where it fails, this process remembers.
                drop(door.invalidate([Tag::row("users", "id", 42)]));
            }
            let script = loads.run({
                let row = Arc::clone(&row);
                move |_| Ok(row.load(Ordering::SeqCst).to_string())
            });
            let given = door.get(&spec, &user(42), &script).unwrap();
            assert_eq!(given, row.load(Ordering::SeqCst).to_string(), "seed {seed}, step {step}");
        }
        assert!(door.outcomes("hit") > 0, "seed {seed}: nothing was ever cached");
        door.core().deliver().ok();
        ground.door().invalidate([Tag::namespace()]).unwrap();
    }
}

/// The store did what it was asked. What is loaded here is not stored, so nobody else is to wait
/// for it.
fn a_lease_whose_reply_was_lost_is_given_back(ground: &Ground) {
    let mut is_lost = false;
    let door = ground.door_on(move |request| match request {
        Request::Acquire { .. } if !std::mem::replace(&mut is_lost, true) => Fault::FailAfter,
        _ => Fault::None,
    });
    let lease = Duration::from_secs(20);
    let spec = Spec::public();
    let spec = spec.with_policy(|policy| policy.with_lease(lease).with_wait(2 * lease));
    let loads = Loads::new();
    assert_eq!(door.get(&spec, &user(42), &loads.say("here")).unwrap(), "here");
    assert_eq!(door.outcomes("unavailable"), 1);
    let began = SystemClock.uptime();
    assert_eq!(ground.door().get(&spec, &user(42), &loads.say("there")).unwrap(), "there");
    let took = SystemClock.uptime() - began;
    assert!(took < lease / 2, "waited for a load that nobody ran: {took:?}");
}
