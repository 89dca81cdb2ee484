//! A slow load that a write overlaps: its value is never stored, and never handed to a reader that
//! started after the invalidation had returned.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use surecache::Tag;
use surecache_testkit::history::History;

use crate::answers::{Loads, Row, Spec, user};
use crate::door::Door;
use crate::gate::Gate;
use crate::ground::{Ground, on_each_ground};
use crate::readers::Readers;

on_each_ground! {
    a_load_overlapped_by_an_invalidation_of_its_tag,
    a_load_overlapped_by_an_invalidation_of_its_key,
    a_load_overlapped_in_another_process,
    a_late_load_does_not_overwrite_a_newer_one,
    readers_and_writers_at_random_see_nothing_stale,
}

/// How a write is told.
type Told = fn(&Door);

const BY_TAG: Told = |door| door.invalidate([Tag::row("users", "id", 42)]).unwrap();
const BY_KEY: Told = |door| door.invalidate_key(&without_tag(), &user(42)).unwrap();

fn with_tag() -> Spec {
    Spec::public().on_user_row()
}

fn without_tag() -> Spec {
    Spec::public()
}

fn a_load_overlapped_by_an_invalidation_of_its_tag(ground: &Ground) {
    overlap(&ground.door(), &ground.door(), &with_tag(), BY_TAG);
}

fn a_load_overlapped_by_an_invalidation_of_its_key(ground: &Ground) {
    let door = ground.door();
    overlap(&door, &door, &without_tag(), BY_KEY);
}

fn a_load_overlapped_in_another_process(ground: &Ground) {
    overlap(&ground.door(), &ground.door(), &without_tag(), BY_KEY);
    overlap(&ground.door(), &ground.door(), &with_tag(), BY_TAG);
}

/// The load reads the old row; the row changes and `told` tells it through `writer`; a reader that
/// starts now, while the load still runs, and one that starts when it is over, get the new row.
fn overlap(loader: &Door, writer: &Door, spec: &Spec, told: Told) {
    let (loads, row, gate) = (Loads::new(), Row::new("old"), Gate::new());
    let slow = Readers::start(3, {
        let (door, spec, loads) = (loader.clone(), spec.clone(), loads.clone());
        let (row, gate) = (row.clone(), gate.clone());
        move |_| {
            let row = row.clone();
            door.get(&spec, &user(42), &gate.hold(&loads, move |_| row.get())).unwrap()
        }
    });
    gate.wait_for(1);
    slow.wait_until_asleep();
    row.set("new");
    told(writer);
    for door in [loader, writer] {
        assert_eq!(door.get(spec, &user(42), &loads.read(&row)).unwrap(), "new");
    }
    assert_eq!(loads.count(), 2);
    gate.open();
    // Those who waited from before the write may be given either.
    let given = slow.finish();
    assert!(given.contains(&"old".to_owned()), "{given:?}");
    for door in [loader, writer] {
        assert_eq!(door.get(spec, &user(42), &loads.say("loaded again")).unwrap(), "new");
    }
    assert_eq!(loads.count(), 2);
    told(writer);
}

/// The first load, of the old row, ends last, and a third reader comes only then.
fn a_late_load_does_not_overwrite_a_newer_one(ground: &Ground) {
    for (spec, told) in [(with_tag(), BY_TAG), (without_tag(), BY_KEY)] {
        let (door, loads, row) = (ground.door(), Loads::new(), Row::new("old"));
        let gate = Gate::new();
        let slow = Readers::start(1, {
            let (door, spec, loads) = (door.clone(), spec.clone(), loads.clone());
            let (row, gate) = (row.clone(), gate.clone());
            move |_| {
                let row = row.clone();
                door.get(&spec, &user(42), &gate.hold(&loads, move |_| row.get())).unwrap()
            }
        });
        gate.wait_for(1);
        row.set("new");
        told(&door);
        gate.open();
        assert_eq!(slow.finish(), ["old"]);
        // Nobody has loaded the new row yet: what is in the store now, if anything, is old.
        assert_eq!(door.get(&spec, &user(42), &loads.read(&row)).unwrap(), "new");
        told(&door);
    }
}

/// Four readers and a writer without any order between them; the history is judged afterwards.
fn readers_and_writers_at_random_see_nothing_stale(ground: &Ground) {
    let doors = [ground.door(), ground.door()];
    let (row, history, loads) =
        (Arc::new(AtomicU64::new(0)), Arc::new(History::new()), Loads::new());
    let readers = Readers::start(4, {
        let (doors, row) = (doors.clone(), Arc::clone(&row));
        let (history, loads) = (Arc::clone(&history), loads.clone());
        move |number| {
            let door = &doors[number % 2];
            for _ in 0..300 {
                history.read(|| {
                    let row = Arc::clone(&row);
                    let script = loads.run(move |_| {
                        let version = row.load(Ordering::SeqCst);
                        std::thread::yield_now();
                        Ok(version.to_string())
                    });
                    let given = door.get(&with_tag(), &user(42), &script);
                    given.unwrap().parse().unwrap()
                });
            }
        }
    });
    for version in 1..=100 {
        let commit = || row.store(version, Ordering::SeqCst);
        history.write(version, commit, || BY_TAG(&doors[0]));
        std::thread::yield_now();
    }
    readers.finish();
    assert_eq!(history.stale_reads(), []);
    assert_eq!(history.read_count(), 1200);
    assert!(loads.count() < 1200, "nothing was ever cached");
}
