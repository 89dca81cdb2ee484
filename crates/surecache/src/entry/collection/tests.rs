//! What the comparison of all stores with plain values leaves out.

use super::*;

fn set_of(members: std::ops::Range<u8>) -> Collection {
    Collection::Set(members.map(|member| vec![member]).collect())
}

fn drawn(operation: Operation, seed: u64) -> Vec<Vec<u8>> {
    let command = Command { operation, members: Vec::new() };
    match set_of(0..10).apply(&command, seed) {
        Some((Answer::Members(members), _)) => members,
        other => panic!("wanted members, found: {other:?}"),
    }
}

#[test]
fn every_member_is_drawn_about_as_often() {
    let mut counts = [0; 10];
    for seed in 0..10_000 {
        for member in drawn(Operation::SetRandom(Some(2)), seed) {
            counts[usize::from(member[0])] += 1;
        }
    }
    // 2000 each; six standard deviations are 240.
    assert!(counts.iter().all(|count| (1760..2240).contains(count)), "{counts:?}");
}

#[test]
fn what_is_drawn_follows_from_the_seed() {
    let operation = || Operation::SetPop(Some(4));
    assert_eq!(drawn(operation(), 7), drawn(operation(), 7));
    assert_ne!(drawn(operation(), 7), drawn(operation(), 8));
}

#[test]
fn payloads_that_are_no_collection_are_refused() {
    for bytes in [&b""[..], b"\x00", b"\x05", b"\x01\0\0\0\x02a", b"\x01\0\0\0", b"\x03\0\0\0\x01a"]
    {
        assert_eq!(Collection::from_bytes(bytes), None, "{bytes:?}");
    }
    let nan = [&b"\x02"[..], &f64::NAN.to_be_bytes(), b"\0\0\0\x01a"].concat();
    assert_eq!(Collection::from_bytes(&nan), None);
}

#[test]
fn a_command_for_another_kind_does_nothing() {
    let command = Command { operation: Operation::ListLength, members: Vec::new() };
    assert_eq!(set_of(0..2).apply(&command, 0), None);
}

#[test]
fn every_collection_comes_back_from_its_bytes() {
    let collections = [
        set_of(0..3),
        Collection::Hash([(vec![], vec![1]), (vec![2], vec![])].into()),
        Collection::List([vec![1], vec![], vec![1]].into()),
        Collection::SortedSet([(vec![1], f64::INFINITY), (vec![], -0.5)].into()),
        Collection::empty(Kind::Set),
    ];
    for collection in collections {
        let bytes = collection.to_bytes().unwrap();
        assert_eq!(Collection::from_bytes(&bytes), Some(collection));
    }
}
