//! Regions read inside a load, and dependencies that a loader finds.

use std::sync::Arc;

use surecache::{LoadError, Part, PrincipalKind, Scope, Tag};

use crate::answers::{Act, Key, Loads, Row, Script, Spec, Which, user};
use crate::door::{Door, Given};
use crate::gate::Gate;
use crate::ground::{Ground, on_each_ground};
use crate::readers::Readers;

on_each_ground! {
    the_inner_row_ends_the_outer_answer,
    an_inner_hit_hands_over_its_tags_too,
    an_inner_answer_of_another_readers_load_hands_over_its_tags_too,
    tags_go_up_through_every_level,
    inner_rights_end_the_outer_answer,
    an_outer_scope_that_does_not_cover_the_inner_one_is_misuse,
    a_loader_that_asks_for_its_own_key_is_misuse,
    a_tag_found_while_loading_ends_the_answer,
    a_tag_found_before_its_row_changes_voids_the_load,
    an_inner_answer_that_may_not_be_stored_keeps_the_outer_one_out_too,
}

fn row_of(id: i64) -> Tag {
    Tag::row("users", "id", id)
}

/// A load of the outer region that reads the inner one.
fn around(inner: &Spec, key: Key, script: Script) -> Script {
    vec![Act::Read(Which::Inner, inner.clone(), key, script)]
}

fn the_inner_row_ends_the_outer_answer(ground: &Ground) {
    let (door, loads, row) = (ground.door(), Loads::new(), Row::new("old"));
    let (outer, inner) = (Spec::public(), Spec::public().on_user_row());
    let ask = || door.get(&outer, &user(1), &around(&inner, user(42), loads.read(&row))).unwrap();
    assert_eq!([ask(), ask()], ["old", "old"]);
    assert_eq!(loads.count(), 1);
    row.set("new");
    door.invalidate([row_of(42)]).unwrap();
    assert_eq!([ask(), ask()], ["new", "new"]);
    assert_eq!(loads.count(), 2);
}

fn an_inner_hit_hands_over_its_tags_too(ground: &Ground) {
    let (door, loads, row) = (ground.door(), Loads::new(), Row::new("old"));
    let (outer, inner) = (Spec::public(), Spec::public().on_user_row());
    let warm = door.get_from(Which::Inner, &inner, &user(42), &loads.read(&row));
    assert_eq!(warm.unwrap(), "old");
    let ask = || door.get(&outer, &user(1), &around(&inner, user(42), loads.read(&row))).unwrap();
    assert_eq!(ask(), "old");
    assert_eq!(loads.count(), 1);
    row.set("new");
    door.invalidate([row_of(42)]).unwrap();
    assert_eq!(ask(), "new");
}

fn an_inner_answer_of_another_readers_load_hands_over_its_tags_too(ground: &Ground) {
    let (door, loads, row, gate) = (ground.door(), Loads::new(), Row::new("old"), Gate::new());
    let inner = Spec::public().on_user_row();
    let readers = Readers::start(2, {
        let (door, loads, row, gate) = (door.clone(), loads.clone(), row.clone(), gate.clone());
        let inner = inner.clone();
        move |number| {
            let row = row.clone();
            let script = gate.hold(&loads, move |_| row.get());
            match number {
                0 => door.get_from(Which::Inner, &inner, &user(42), &script).unwrap(),
                _ => {
                    let script = around(&inner, user(42), script);
                    door.get(&Spec::public(), &user(1), &script).unwrap()
                }
            }
        }
    });
    gate.wait_for(1);
    readers.wait_until_asleep();
    gate.open();
    assert_eq!(readers.finish(), ["old", "old"]);
    assert_eq!(loads.count(), 1);
    row.set("new");
    door.invalidate([row_of(42)]).unwrap();
    let script = around(&inner, user(42), loads.read(&row));
    assert_eq!(door.get(&Spec::public(), &user(1), &script).unwrap(), "new");
}

fn tags_go_up_through_every_level(ground: &Ground) {
    let (door, loads, row) = (ground.door(), Loads::new(), Row::new("old"));
    let (outer, inner) = (Spec::public(), Spec::public().on_user_row());
    let ask = || {
        let middle = around(&inner, user(42), loads.read(&row));
        let script = vec![Act::Read(Which::Outer, outer.clone(), user(7), middle)];
        door.get(&outer, &user(1), &script).unwrap()
    };
    assert_eq!([ask(), ask()], ["old", "old"]);
    row.set("new");
    door.invalidate([row_of(42)]).unwrap();
    assert_eq!(ask(), "new");
}

fn inner_rights_end_the_outer_answer(ground: &Ground) {
    let (door, loads, row) = (ground.door(), Loads::new(), Row::new("may"));
    let inner = Spec::public().with_scope(|key| Scope::user(key.user_id).authz());
    let outer = Spec::public().for_user();
    let ask = || door.get(&outer, &user(42), &around(&inner, user(42), loads.read(&row))).unwrap();
    assert_eq!([ask(), ask()], ["may", "may"]);
    row.set("may not");
    door.invalidate([Tag::rights(PrincipalKind::User, &Part::from(42))]).unwrap();
    assert_eq!(ask(), "may not");
}

/// The outer loader turns the inner error into its own, as most would.
fn misuse_text(given: Given) -> String {
    match given {
        Err(LoadError::Loader(error)) if error.0.contains("Misuse") => error.0.clone(),
        other => panic!("wanted a misuse, found: {other:?}"),
    }
}

fn an_outer_scope_that_does_not_cover_the_inner_one_is_misuse(ground: &Ground) {
    let (door, loads) = (ground.door(), Loads::new());
    let user_only = Spec::public().for_user();
    let tenant_and_user =
        Spec::public().with_scope(|key| Scope::tenant(key.team_id) & Scope::user(key.user_id));
    let ask = |outer: &Spec, inner: &Spec, id| {
        door.get(outer, &user(1), &around(inner, user(id), loads.say("inner")))
    };
    let text = misuse_text(ask(&Spec::public(), &user_only, 1));
    assert!(text.contains("covers the inner one (user), found: public"), "{text}");
    let text = misuse_text(ask(&user_only, &tenant_and_user, 1));
    assert!(text.contains("(tenant & user), found: user"), "{text}");
    // The same shape, another user's answer.
    misuse_text(ask(&user_only, &user_only, 2));
    assert_eq!(loads.count(), 0);
    // And these do cover it.
    assert_eq!(ask(&user_only, &user_only, 1).unwrap(), "inner");
    assert_eq!(ask(&tenant_and_user, &user_only, 1).unwrap(), "inner");
    assert_eq!(ask(&tenant_and_user, &Spec::public(), 1).unwrap(), "inner");
}

fn a_loader_that_asks_for_its_own_key_is_misuse(ground: &Ground) {
    let (door, loads, spec) = (ground.door(), Loads::new(), Spec::public());
    let own = || vec![Act::Read(Which::Outer, Spec::public(), user(1), loads.say("never"))];
    let text = misuse_text(door.get(&spec, &user(1), &own()));
    assert!(text.contains("does not ask for the answer it is loading"), "{text}");
    // Through another region.
    let script = around(&spec, user(2), own());
    misuse_text(door.get(&spec, &user(1), &script));
    // Another key of the same region is no circle.
    let script = vec![Act::Read(Which::Outer, spec.clone(), user(2), loads.say("other"))];
    assert_eq!(door.get(&spec, &user(1), &script).unwrap(), "other");
}

fn a_tag_found_while_loading_ends_the_answer(ground: &Ground) {
    let (door, other, loads) = (ground.door(), ground.door(), Loads::new());
    let row = Row::new("old");
    let ask = |door: &Door| {
        let mut script = vec![Act::Depends(vec![row_of(7), Tag::named("rates")])];
        script.extend(loads.read(&row));
        door.get(&Spec::public(), &user(42), &script).unwrap()
    };
    assert_eq!([ask(&door), ask(&other)], ["old", "old"]);
    assert_eq!(loads.count(), 1);
    for (text, tag) in [("new", row_of(7)), ("newer", Tag::named("rates"))] {
        row.set(text);
        other.invalidate([tag]).unwrap();
        assert_eq!([ask(&door), ask(&other)], [text, text]);
    }
    assert_eq!(loads.count(), 3);
    door.invalidate([row_of(8)]).unwrap();
    assert_eq!(ask(&door), "newer");
    assert_eq!(loads.count(), 3);
}

/// The tag is found, its row read; then the row changes, is invalidated, and the load ends.
fn a_tag_found_before_its_row_changes_voids_the_load(ground: &Ground) {
    let (door, loads, row, gate) = (ground.door(), Loads::new(), Row::new("old"), Gate::new());
    let script = |gate: &Gate, row: &Row| {
        let row = row.clone();
        let mut script = vec![Act::Depends(vec![row_of(7)])];
        script.extend(gate.hold(&loads, move |_| row.get()));
        Arc::new(script)
    };
    let slow = Readers::start(1, {
        let (door, script) = (door.clone(), script(&gate, &row));
        move |_| door.get(&Spec::public(), &user(42), &script).unwrap()
    });
    gate.wait_for(1);
    row.set("new");
    door.invalidate([row_of(7)]).unwrap();
    // Joins the slow load, which does not yet tell that it depends on the row.
    let later = Readers::start(1, {
        let (door, script) = (door.clone(), script(&gate, &row));
        move |_| door.get(&Spec::public(), &user(42), &script).unwrap()
    });
    later.wait_until_asleep();
    gate.open();
    assert_eq!(slow.finish(), ["old"]);
    assert_eq!(later.finish(), ["new"]);
    assert_eq!(door.get(&Spec::public(), &user(42), &script(&gate, &row)).unwrap(), "new");
}

fn an_inner_answer_that_may_not_be_stored_keeps_the_outer_one_out_too(ground: &Ground) {
    let (door, loads) = (ground.door(), Loads::new());
    let ask = || {
        let mut inner = loads.run(|number| Ok(number.to_string()));
        inner.push(Act::Forbid);
        door.get(&Spec::public(), &user(1), &around(&Spec::public(), user(42), inner)).unwrap()
    };
    assert_eq!([ask(), ask()], ["1", "2"]);
}
