//! Secrets, namespaces, and other declarations under the same name.

use surecache::driver::Core;
use surecache::{Config, Error};

use crate::answers::{Loads, Spec, user};
use crate::door::Door;
use crate::ground::{Ground, on_each_ground};

on_each_ground! {
    another_secret_opens_nothing,
    a_rotated_secret_opens_what_the_old_one_sealed,
    after_the_rotation_the_new_secret_seals,
    no_secret_and_a_short_one_are_refused,
}

fn ask(door: &Door, loads: &Loads, says: &str) -> String {
    door.get(&Spec::public(), &user(42), &loads.say(says)).unwrap()
}

fn another_secret_opens_nothing(ground: &Ground) {
    let loads = Loads::new();
    let one = ground.door_with(ground.config().with_secret("the secret one"));
    let two = ground.door_with(ground.config().with_secret("the secret two"));
    assert_eq!(ask(&one, &loads, "by one"), "by one");
    assert_eq!(ask(&two, &loads, "by two"), "by two");
    assert_eq!((two.refusals("other_key"), two.outcomes("loaded")), (1, 1));
    // And back.
    assert_eq!(ask(&one, &loads, "by one again"), "by one again");
    assert_eq!(one.refusals("other_key"), 1);
}

fn a_rotated_secret_opens_what_the_old_one_sealed(ground: &Ground) {
    let loads = Loads::new();
    let old = ground.door_with(ground.config().with_secret("the secret old"));
    assert_eq!(ask(&old, &loads, "sealed before"), "sealed before");
    let rotated = ground
        .door_with(ground.config().with_secret("the secret new").with_secret("the secret old"));
    assert_eq!(ask(&rotated, &loads, "never"), "sealed before");
    assert_eq!((rotated.outcomes("hit"), rotated.summary().refusals.len()), (1, 0));
}

fn after_the_rotation_the_new_secret_seals(ground: &Ground) {
    let loads = Loads::new();
    let rotated = ground
        .door_with(ground.config().with_secret("the secret new").with_secret("the secret old"));
    assert_eq!(ask(&rotated, &loads, "sealed now"), "sealed now");
    let new = ground.door_with(ground.config().with_secret("the secret new"));
    assert_eq!(ask(&new, &loads, "never"), "sealed now");
    let old = ground.door_with(ground.config().with_secret("the secret old"));
    assert_eq!(ask(&old, &loads, "by the old"), "by the old");
    assert_eq!(old.refusals("other_key"), 1);
}

fn no_secret_and_a_short_one_are_refused(ground: &Ground) {
    let open = |config: Config| -> Error {
        Core::with_store(ground.store(), &config).expect_err("a cache without a secret")
    };
    assert!(open(ground.config()).is_misuse());
    assert!(open(ground.config().with_secret("7 bytes")).is_misuse());
}
