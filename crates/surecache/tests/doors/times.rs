//! What time does to an answer; on a clock that stands still.

use std::time::Duration;

use surecache::{LoadError, Policy, Scope, Tag};

use crate::answers::{Loads, Script, Spec, TTL, user};
use crate::door::Door;
use crate::gate::Gate;
use crate::ground::{Ground, on_each_ground};
use crate::readers::Readers;

on_each_ground! {
    an_answer_lives_to_its_ttl_to_the_millisecond,
    jitter_shortens_a_ttl_and_never_prolongs_it,
    without_expiry_only_a_writer_ends_it,
    past_the_soft_ttl_one_refreshes_and_the_others_hit,
    a_costly_answer_is_refreshed_early_by_chance,
    stale_while_revalidate_gives_the_old_answer_during_the_refresh,
    stale_while_revalidate_ends_with_its_span,
    stale_if_error_gives_the_old_answer_where_the_load_fails,
    stale_if_error_ends_with_its_span,
    a_void_answer_is_never_given_as_a_stale_one,
    stale_answers_are_refused_where_rights_decide,
    a_policy_that_makes_no_sense_is_refused,
}

const MILLI: Duration = Duration::from_millis(1);
const SPAN: Duration = Duration::from_secs(60);

fn numbered(loads: &Loads) -> Script {
    loads.run(|number| Ok(number.to_string()))
}

fn an_answer_lives_to_its_ttl_to_the_millisecond(ground: &Ground) {
    let ground = ground.with_manual_clock();
    let (door, loads, spec) = (ground.door(), Loads::new(), Spec::public());
    let ask = || door.get(&spec, &user(42), &numbered(&loads)).unwrap();
    assert_eq!(ask(), "1");
    ground.advance(TTL - MILLI);
    assert_eq!((ask().as_str(), door.refusals("expired")), ("1", 0));
    ground.advance(MILLI);
    assert_eq!(ask(), "2");
    ground.advance(TTL - MILLI);
    assert_eq!(ask(), "2");
}

fn jitter_shortens_a_ttl_and_never_prolongs_it(ground: &Ground) {
    let ground = ground.with_manual_clock();
    let (door, loads) = (ground.door(), Loads::new());
    let spec = Spec::public().with_policy(|policy| Policy { jitter: 0.5, ..policy });
    let ask = |id| door.get(&spec, &user(id), &numbered(&loads)).unwrap();
    let first: Vec<_> = (0..100).map(ask).collect();
    ground.advance(TTL / 2 - MILLI);
    assert_eq!((0..100).map(ask).collect::<Vec<_>>(), first);
    ground.advance(TTL / 4);
    let again = (0..100).map(ask);
    let kept = again.zip(&first).filter(|(now, before)| now == *before).count();
    // Half of them are over; that all or none are has a chance of one in 2 to the 100.
    assert!(kept > 0 && kept < 100, "{kept}");
    assert_eq!(loads.count(), 200 - kept);
}

fn without_expiry_only_a_writer_ends_it(ground: &Ground) {
    let ground = ground.with_manual_clock();
    let (door, loads) = (ground.door(), Loads::new());
    let spec = Spec::public().on_user_row().with_policy(|_| Policy::without_expiry());
    let ask = || door.get(&spec, &user(42), &numbered(&loads)).unwrap();
    assert_eq!(ask(), "1");
    ground.advance(Duration::from_secs(9 * 365 * 24 * 3600));
    assert_eq!(ask(), "1");
    door.invalidate([Tag::row("users", "id", 42)]).unwrap();
    assert_eq!(ask(), "2");
}

/// A refresh that is held at a gate, while `others` ask.
fn during_a_refresh(door: &Door, spec: &Spec, others: impl FnOnce()) -> String {
    let (loads, gate) = (Loads::new(), Gate::new());
    let refresh = Readers::start(1, {
        let (door, spec, loads, gate) = (door.clone(), spec.clone(), loads.clone(), gate.clone());
        move |_| door.get(&spec, &user(42), &gate.hold(&loads, |_| "new".to_owned())).unwrap()
    });
    gate.wait_for(1);
    others();
    gate.open();
    refresh.finish().remove(0)
}

fn past_the_soft_ttl_one_refreshes_and_the_others_hit(ground: &Ground) {
    let ground = ground.with_manual_clock();
    let (door, loads) = (ground.door(), Loads::new());
    let spec = Spec::public().with_policy(|policy| Policy { soft_share: 0.9, ..policy });
    let ask = || door.get(&spec, &user(42), &loads.say("old")).unwrap();
    assert_eq!(ask(), "old");
    ground.advance(TTL.mul_f64(0.9) - MILLI);
    assert_eq!(ask(), "old");
    assert_eq!(loads.count(), 1);
    ground.advance(MILLI);
    let refreshed = during_a_refresh(&door, &spec, || {
        for _ in 0..5 {
            assert_eq!(ask(), "old");
        }
    });
    assert_eq!((refreshed.as_str(), ask().as_str(), loads.count()), ("new", "new", 1));
    assert_eq!((door.outcomes("loaded"), door.outcomes("hit")), (2, 7));
    assert_eq!(door.summary().refusals.len(), 0);
}

fn a_costly_answer_is_refreshed_early_by_chance(ground: &Ground) {
    let ground = ground.with_manual_clock();
    let (loads, clock) = (Loads::new(), ground.clock());
    // A load of ten seconds; with this beta nearly every reader sees it end too late by far.
    let script = loads.run(move |number| {
        clock.advance(Duration::from_secs(10));
        Ok(number.to_string())
    });
    let ask = |beta: f64| {
        let lease = Duration::from_secs(60);
        let region = Spec::public().with_policy(|policy| Policy { beta, lease, ..policy });
        let door = ground.door();
        (0..50).for_each(|_| drop(door.get(&region, &user(42), &script).unwrap()));
    };
    ask(0.0);
    assert_eq!(loads.count(), 1);
    ask(100.0);
    assert!(loads.count() > 2, "{}", loads.count());
}

fn revalidating() -> Spec {
    Spec::public().on_user_row().with_policy(|policy| policy.with_stale_while_revalidate(SPAN))
}

fn stale_while_revalidate_gives_the_old_answer_during_the_refresh(ground: &Ground) {
    let ground = ground.with_manual_clock();
    let (door, loads, spec) = (ground.door(), Loads::new(), revalidating());
    let ask = || door.get(&spec, &user(42), &loads.say("old")).unwrap();
    assert_eq!(ask(), "old");
    ground.advance(TTL + SPAN - MILLI);
    let refreshed = during_a_refresh(&door, &spec, || {
        for _ in 0..5 {
            assert_eq!(ask(), "old");
        }
    });
    assert_eq!((refreshed.as_str(), ask().as_str(), loads.count()), ("new", "new", 1));
    assert_eq!(door.outcomes("stale"), 5);
}

fn stale_while_revalidate_ends_with_its_span(ground: &Ground) {
    let ground = ground.with_manual_clock();
    let (door, loads, spec) = (ground.door(), Loads::new(), revalidating());
    assert_eq!(door.get(&spec, &user(42), &loads.say("old")).unwrap(), "old");
    ground.advance(TTL + SPAN);
    let (gate, held) = (Gate::new(), Loads::new());
    let readers = Readers::start(5, {
        let (door, spec, gate, held) = (door.clone(), spec.clone(), gate.clone(), held.clone());
        move |_| door.get(&spec, &user(42), &gate.hold(&held, |_| "new".to_owned())).unwrap()
    });
    gate.wait_for(1);
    readers.wait_until_asleep();
    gate.open();
    assert_eq!(readers.finish(), ["new"; 5]);
    assert_eq!((held.count(), door.outcomes("stale")), (1, 0));
}

fn forgiving() -> Spec {
    Spec::public().on_user_row().with_policy(|policy| policy.with_stale_if_error(SPAN))
}

fn stale_if_error_gives_the_old_answer_where_the_load_fails(ground: &Ground) {
    let ground = ground.with_manual_clock();
    let (door, loads, spec) = (ground.door(), Loads::new(), forgiving());
    assert_eq!(door.get(&spec, &user(42), &loads.say("old")).unwrap(), "old");
    ground.advance(TTL + SPAN - MILLI);
    // Those who waited for the failed load too.
    let (gate, failing) = (Gate::new(), Loads::new());
    let readers = Readers::start(5, {
        let (door, spec, gate, failing) =
            (door.clone(), spec.clone(), gate.clone(), failing.clone());
        move |_| {
            let gate = gate.clone();
            let script = failing.run(move |_| {
                gate.pass();
                Err(crate::answers::Failure("down".to_owned()))
            });
            door.get(&spec, &user(42), &script).unwrap()
        }
    });
    gate.wait_for(1);
    readers.wait_until_asleep();
    gate.open();
    assert_eq!(readers.finish(), ["old"; 5]);
    assert_eq!((failing.count(), door.outcomes("stale_on_error")), (1, 5));
    // A load that does not fail is preferred.
    assert_eq!(door.get(&spec, &user(42), &loads.say("new")).unwrap(), "new");
}

fn stale_if_error_ends_with_its_span(ground: &Ground) {
    let ground = ground.with_manual_clock();
    let (door, loads, spec) = (ground.door(), Loads::new(), forgiving());
    assert_eq!(door.get(&spec, &user(42), &loads.say("old")).unwrap(), "old");
    ground.advance(TTL + SPAN);
    assert!(matches!(
        door.get(&spec, &user(42), &loads.fail("down")),
        Err(LoadError::Loader(error)) if error.0 == "down"
    ));
}

fn a_void_answer_is_never_given_as_a_stale_one(ground: &Ground) {
    let ground = ground.with_manual_clock();
    for spec in [forgiving(), revalidating()] {
        let (door, loads) = (ground.door(), Loads::new());
        assert_eq!(door.get(&spec, &user(42), &loads.say("old")).unwrap(), "old");
        ground.advance(TTL + MILLI);
        door.invalidate([Tag::row("users", "id", 42)]).unwrap();
        assert!(door.get(&spec, &user(42), &loads.fail("down")).is_err());
        let mut waiting = None;
        let refreshed = during_a_refresh(&door, &spec, || {
            // A second reader has to wait for the refresh: there is nothing to be given.
            let waiter = Readers::start(1, {
                let (door, spec) = (door.clone(), spec.clone());
                move |_| door.get(&spec, &user(42), &Loads::new().say("never")).unwrap()
            });
            waiter.wait_until_asleep();
            waiting = Some(waiter);
        });
        assert_eq!(refreshed, "new");
        assert_eq!(waiting.map(Readers::finish).unwrap(), ["new"]);
        assert_eq!(door.outcomes("stale") + door.outcomes("stale_on_error"), 0);
        assert_eq!(door.refusals("invalidated"), 3);
        // The policy is no part of the key: the next round begins with nothing.
        door.invalidate_key(&spec, &user(42)).unwrap();
    }
}

fn stale_answers_are_refused_where_rights_decide(ground: &Ground) {
    let loads = Loads::new();
    for spec in [forgiving(), revalidating()] {
        let door = ground.door();
        let authz = spec.clone().with_scope(|key| Scope::user(key.user_id).authz());
        let given = door.get(&authz, &user(42), &loads.say("never"));
        let Err(LoadError::Cache(error)) = given else { panic!("found: {given:?}") };
        assert!(error.is_misuse(), "{error}");
        assert!(error.to_string().contains("no stale answers where rights decide"), "{error}");
        // Also where the scope says so for this key only, and not for the first that was asked.
        let some = spec.with_scope(|key| match key.user_id {
            42 => Scope::user(key.user_id).authz(),
            _ => Scope::user(key.user_id),
        });
        let door = ground.door();
        assert!(door.get(&some, &user(1), &loads.say("public")).is_ok());
        assert!(matches!(
            door.get(&some, &user(42), &loads.say("never")),
            Err(LoadError::Cache(error)) if error.is_misuse()
        ));
    }
    // The second round found what the first had loaded for user 1.
    assert_eq!(loads.count(), 1);
}

fn a_policy_that_makes_no_sense_is_refused(ground: &Ground) {
    let loads = Loads::new();
    let policies = [
        Policy { jitter: 0.6, ..Policy::new(TTL) },
        Policy { soft_share: 0.0, ..Policy::new(TTL) },
        Policy { beta: f64::NAN, ..Policy::new(TTL) },
        Policy::new(Duration::ZERO),
        Policy::new(TTL).with_wait(Duration::ZERO),
        Policy::new(TTL).with_lease(Duration::from_millis(49)),
    ];
    for policy in policies {
        let found = format!("{policy:?}");
        let spec = Spec::public().with_policy(|_| policy);
        let given = ground.door().get(&spec, &user(42), &loads.say("never"));
        assert!(matches!(&given, Err(LoadError::Cache(error)) if error.is_misuse()), "{found}");
    }
    assert_eq!(loads.count(), 0);
}
