//! Collections where no server keeps them: entries that are read, changed, and put unchanged
//! otherwise.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use surecache::driver::{Answer, Codec, Combination, Command, Core, Operation, Plain};
use surecache::stores::{Memory, Request};
use surecache::{Config, Error, SystemClock};
use surecache_testkit::{Fault, FaultyStore, Side, unique_name};

const KEY: &[u8] = b"test:1:set";
const OTHER: &[u8] = b"test:1:other";

fn memory(name: &str) -> Memory {
    Memory::named(name, "test", Arc::new(SystemClock))
}

fn config() -> Config {
    Config::new("test").with_secret("the secret of a test")
}

fn open(store: FaultyStore<Memory>) -> Plain {
    Plain::new(&Core::with_store(Arc::new(store), &config()).unwrap())
}

fn ask(
    plain: &Plain,
    keys: &[&[u8]],
    operation: Operation,
    members: &[u8],
) -> Result<Answer, Error> {
    let keys: Vec<_> = keys.iter().map(|key| key.to_vec()).collect();
    let members = members.iter().map(|member| vec![*member]).collect();
    plain.collect(&keys, Command { operation, members })
}

fn members(plain: &Plain, key: &[u8]) -> Vec<u8> {
    match ask(plain, &[key], Operation::SetMembers, &[]) {
        Ok(Answer::Members(members)) => members.concat(),
        other => panic!("wanted members, found: {other:?}"),
    }
}

/// Somebody else adds a member between the read and the put of an addition.
#[test]
fn a_change_in_between_is_not_lost() {
    let name = unique_name();
    let (other, is_done) = (open(FaultyStore::new(memory(&name))), AtomicBool::new(false));
    let store = FaultyStore::new(memory(&name)).with_pause(move |request, side| {
        let is_put = matches!((request, side), (Request::Put { .. }, Side::Before));
        if is_put && !is_done.swap(true, Ordering::SeqCst) {
            assert_eq!(ask(&other, &[KEY], Operation::SetAdd, &[2]).unwrap(), Answer::Count(1));
        }
    });
    let plain = open(store);
    assert_eq!(ask(&plain, &[KEY], Operation::SetAdd, &[1, 2]).unwrap(), Answer::Count(1));
    assert_eq!(members(&plain, KEY), [1, 2]);
}

/// Wherever a move is broken off, the member is in one of the sets.
#[test]
fn a_move_that_is_broken_off_loses_nothing() {
    for failing in 0..2 {
        let name = unique_name();
        let whole = open(FaultyStore::new(memory(&name)));
        ask(&whole, &[KEY], Operation::SetAdd, &[1, 2]).unwrap();
        let mut puts = 0;
        let broken = FaultyStore::new(memory(&name)).with_rule(move |request| {
            if !matches!(request, Request::Put { .. }) {
                return Fault::None;
            }
            puts += 1;
            if puts > failing { Fault::FailBefore } else { Fault::None }
        });
        let moved = ask(&open(broken), &[KEY, OTHER], Operation::SetMove, &[1]);
        assert!(moved.unwrap_err().is_unavailable());
        let there = [members(&whole, KEY), members(&whole, OTHER)].concat();
        assert!(there.contains(&1), "after {failing} puts: {there:?}");
    }
}

/// What was damaged is counted, and no member of it is given.
#[test]
fn a_damaged_collection_is_absent() {
    let name = unique_name();
    let whole = open(FaultyStore::new(memory(&name)));
    ask(&whole, &[KEY], Operation::SetAdd, &[1]).unwrap();
    for fault in
        [Fault::Flip { bit: 700 }, Fault::Foreign(vec![7; 99]), Fault::Truncate { bytes: 9 }]
    {
        let store = FaultyStore::new(memory(&name)).with_rule(move |_| fault.clone());
        let core = Core::with_store(Arc::new(store), &config()).unwrap();
        assert_eq!(members(&Plain::new(&core), KEY), []);
        let refusals: u64 = core.own_statistics().regions["(plain keys)"].refusals.values().sum();
        assert_eq!(refusals, 1);
    }
}

/// A payload that says another kind than its command wants is no collection of that kind.
#[test]
fn an_entry_of_another_kind_is_an_error() {
    let plain = open(FaultyStore::new(memory(&unique_name())));
    plain.set(KEY, Codec::Raw, b"value", None).unwrap();
    let found = ask(&plain, &[KEY], Operation::SetAdd, &[1]).unwrap_err();
    assert!(found.is_wrong_kind(), "{found}");
    assert_eq!(found.to_string(), "wanted a set under the key, found: a plain value");
}

#[test]
fn another_number_of_keys_than_an_operation_takes_is_refused() {
    let plain = open(FaultyStore::new(memory(&unique_name())));
    let cases: [(&[&[u8]], Operation, &str); 4] = [
        (&[], Operation::SetCount, "one key for the operation, found: 0"),
        (&[KEY], Operation::SetMove, "two keys for the operation, found: 1"),
        (&[], Operation::SetCombine(Combination::Union), "one key or more"),
        (&[KEY], Operation::SetCombineInto(Combination::Union), "two keys or more"),
    ];
    for (keys, operation, told) in cases {
        let found = ask(&plain, keys, operation, &[1]).unwrap_err();
        assert!(found.is_misuse() && found.to_string().contains(told), "{found}");
    }
}
