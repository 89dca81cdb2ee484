//! Found or loaded, and what ends an answer.

use surecache::{Admission, LoadError, Part, PrincipalKind, Scope, Tag};

use crate::answers::{Act, Loads, Spec, Which, are_different, user};
use crate::door::Door;
use crate::ground::{Ground, on_each_ground};

on_each_ground! {
    a_miss_loads_and_the_next_read_hits,
    two_doors_to_a_store_share_answers,
    every_part_of_a_key_and_the_region_and_its_version_count,
    a_user_is_never_given_what_was_made_for_another,
    each_tag_ends_what_carries_it_and_nothing_else,
    revoking_ends_what_rights_decide_over,
    a_key_is_ended_alone,
    two_types_of_one_name_are_misuse,
    a_bypass_neither_reads_nor_stores,
    a_read_only_context_reads_and_does_not_store,
    what_the_loader_forbids_to_store_is_loaded_again,
}

fn a_miss_loads_and_the_next_read_hits(ground: &Ground) {
    let (door, loads) = (ground.door(), Loads::new());
    let script = loads.run(|number| Ok(format!("load {number}")));
    for _ in 0..3 {
        assert_eq!(door.get(&Spec::public(), &user(42), &script).unwrap(), "load 1");
    }
    assert_eq!(loads.count(), 1);
}

fn two_doors_to_a_store_share_answers(ground: &Ground) {
    let (one, other, loads) = (ground.door(), ground.door(), Loads::new());
    let spec = Spec::public().on_user_row();
    assert_eq!(one.get(&spec, &user(42), &loads.say("a")).unwrap(), "a");
    assert_eq!(other.get(&spec, &user(42), &loads.say("b")).unwrap(), "a");
    other.invalidate([Tag::row("users", "id", 42)]).unwrap();
    assert_eq!(one.get(&spec, &user(42), &loads.say("c")).unwrap(), "c");
    assert_eq!(other.get(&spec, &user(42), &loads.say("d")).unwrap(), "c");
}

fn every_part_of_a_key_and_the_region_and_its_version_count(ground: &Ground) {
    let loads = Loads::new();
    let script = loads.run(|number| Ok(number.to_string()));
    let spec = Spec::public();
    let mut other_team = user(1);
    other_team.team_id = 2;
    // Two versions of a service that are deployed at the same time.
    let (door, newer) = (ground.door(), ground.door());
    let questions = [
        (&door, Which::Outer, user(1)),
        (&door, Which::Outer, user(2)),
        (&door, Which::Outer, other_team),
        (&door, Which::Inner, user(1)),
        (&newer, Which::OuterNewer, user(1)),
    ];
    let ask = |_| {
        let each = questions.iter();
        each.map(|(door, which, key)| door.get_from(*which, &spec, key, &script).unwrap()).collect()
    };
    let rounds: [Vec<String>; 2] = [0, 1].map(ask);
    assert!(are_different(&rounds[0]), "{rounds:?}");
    assert_eq!(rounds[0], rounds[1]);
}

fn a_user_is_never_given_what_was_made_for_another(ground: &Ground) {
    let (door, loads) = (ground.door(), Loads::new());
    // One key, asked by two users: the scope alone tells them apart.
    let answer = |reader: i64, says: &str| {
        let spec = Spec::public().with_scope(move |_| Scope::user(reader));
        door.get(&spec, &user(42), &loads.say(says)).unwrap()
    };
    assert_eq!(answer(1, "for one"), "for one");
    assert_eq!(answer(2, "for two"), "for two");
    assert_eq!(answer(1, "again"), "for one");
    assert_eq!(loads.count(), 2);
}

/// Two answers of different users; which of them a tag ends.
fn each_tag_ends_what_carries_it_and_nothing_else(ground: &Ground) {
    let (door, loads) = (ground.door(), Loads::new());
    let user_tag = |id: i64| Tag::principal(PrincipalKind::User, &Part::from(id));
    let rights_tag = |id: i64| Tag::rights(PrincipalKind::User, &Part::from(id));
    let cases = [
        ("own row", Tag::row("users", "id", 1), [true, false]),
        ("another row", Tag::row("users", "id", 3), [false, false]),
        ("another column", Tag::row("users", "team_id", 1), [false, false]),
        ("another table", Tag::row("teams", "id", 1), [false, false]),
        ("the row as text", Tag::row("users", "id", "1"), [false, false]),
        ("too many rows to list", Tag::table_overflow("users"), [true, true]),
        ("a write that is listed", Tag::table("users"), [false, false]),
        ("a whole table", Tag::table("flags"), [true, true]),
        ("a name", Tag::named("rates"), [true, true]),
        ("another name", Tag::named("prices"), [false, false]),
        ("a principal", user_tag(1), [true, false]),
        ("its rights", rights_tag(2), [false, true]),
        ("a principal of another kind", tenant(1), [false, false]),
        ("the region", Tag::region("outer"), [true, true]),
        ("another region", Tag::region("inner"), [false, false]),
        ("the namespace", Tag::namespace(), [true, true]),
    ];
    for (name, tag, ended) in cases {
        let before = both(&door, &loads);
        assert_eq!(both(&door, &loads), before, "{name}: no hit");
        door.invalidate([tag]).unwrap();
        let after = both(&door, &loads);
        let changed = [0, 1].map(|index| before[index] != after[index]);
        assert_eq!(changed, ended, "{name}");
    }
}

fn tenant(id: i64) -> Tag {
    Tag::principal(PrincipalKind::Tenant, &Part::from(id))
}

fn both(door: &Door, loads: &Loads) -> [String; 2] {
    let mut spec = Spec::public().with_scope(|key| Scope::user(key.user_id).authz());
    spec.depends = std::sync::Arc::new(|key, tags| {
        tags.row("users", "id", key.user_id).table("flags").named("rates");
    });
    let script = loads.run(|number| Ok(number.to_string()));
    [1, 2].map(|id| door.get(&spec, &user(id), &script).unwrap())
}

fn revoking_ends_what_rights_decide_over(ground: &Ground) {
    let (door, loads) = (ground.door(), Loads::new());
    let decided = Spec::public().with_scope(|key| Scope::user(key.user_id).authz());
    let undecided = Spec::public().for_user();
    let script = loads.run(|number| Ok(number.to_string()));
    let ask = || {
        let decided = [1, 2].map(|id| door.get(&decided, &user(id), &script).unwrap());
        let undecided = door.get_from(Which::Inner, &undecided, &user(1), &script).unwrap();
        (decided, undecided)
    };
    let before = ask();
    assert_eq!(ask(), before);
    ground.door().revoke(&Scope::user(1)).unwrap();
    let after = ask();
    assert_ne!(after.0[0], before.0[0]);
    assert_eq!((&after.0[1], &after.1), (&before.0[1], &before.1));
    // All of one user's answers, whatever decides over them.
    door.invalidate(Scope::user(1).tags()).unwrap();
    let last = ask();
    assert!(last.0[0] != after.0[0] && last.1 != after.1, "{last:?}");
    assert_eq!(last.0[1], before.0[1]);
    assert!(door.revoke(&Scope::public("nobody")).unwrap_err().is_misuse());
}

fn two_types_of_one_name_are_misuse(ground: &Ground) {
    let (door, loads, spec) = (ground.door(), Loads::new(), Spec::public());
    assert_eq!(door.get(&spec, &user(42), &loads.say("first")).unwrap(), "first");
    let given = door.get_from(Which::OuterNewer, &spec, &user(42), &loads.say("second"));
    let Err(LoadError::Cache(error)) = given else { panic!("found: {given:?}") };
    assert!(error.is_misuse());
    let text = error.to_string();
    assert!(text.contains("wanted one type for the region outer, found two: "), "{text}");
    assert!(text.contains("Answers<0, 1>") && text.contains("Answers<0, 2>"), "{text}");
    assert_eq!(door.get(&spec, &user(42), &loads.say("never")).unwrap(), "first");
}

fn a_key_is_ended_alone(ground: &Ground) {
    let (door, loads) = (ground.door(), Loads::new());
    let spec = Spec::public();
    let script = loads.run(|number| Ok(number.to_string()));
    let ask = |id| door.get(&spec, &user(id), &script).unwrap();
    assert_eq!([ask(1), ask(2)], ["1", "2"]);
    door.invalidate_key(&spec, &user(1)).unwrap();
    assert_eq!([ask(1), ask(2)], ["3", "2"]);
    // Nothing there to delete: no error.
    door.invalidate_key(&spec, &user(9)).unwrap();
}

fn a_bypass_neither_reads_nor_stores(ground: &Ground) {
    let (door, loads, spec) = (ground.door(), Loads::new(), Spec::public());
    let bypass =
        |says| door.get_admitted(Admission::Bypass, &spec, &user(42), &loads.say(says)).unwrap();
    assert_eq!(bypass("uncommitted"), "uncommitted");
    assert_eq!(door.get(&spec, &user(42), &loads.say("stored")).unwrap(), "stored");
    assert_eq!(bypass("again"), "again");
    assert_eq!(door.get(&spec, &user(42), &loads.say("new")).unwrap(), "stored");
    assert_eq!(door.outcomes("bypassed"), 2);
}

fn a_read_only_context_reads_and_does_not_store(ground: &Ground) {
    let (door, loads, spec) = (ground.door(), Loads::new(), Spec::public());
    let read_only =
        |says| door.get_admitted(Admission::ReadOnly, &spec, &user(42), &loads.say(says)).unwrap();
    assert_eq!(read_only("old snapshot"), "old snapshot");
    assert_eq!(door.get(&spec, &user(42), &loads.say("stored")).unwrap(), "stored");
    assert_eq!(read_only("old snapshot"), "stored");
    assert_eq!((door.outcomes("unstored"), door.outcomes("hit")), (1, 1));
}

fn what_the_loader_forbids_to_store_is_loaded_again(ground: &Ground) {
    let (door, loads, spec) = (ground.door(), Loads::new(), Spec::public());
    let mut script = loads.run(|number| Ok(number.to_string()));
    script.push(Act::Forbid);
    assert_eq!(door.get(&spec, &user(42), &script).unwrap(), "1");
    assert_eq!(door.get(&spec, &user(42), &script).unwrap(), "2");
    assert_eq!(door.outcomes("unstored"), 2);
}
