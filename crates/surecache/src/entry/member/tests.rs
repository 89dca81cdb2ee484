//! Members and values as a server keeps them.

use super::*;
use crate::entry::{Collection, Command, Operation};

fn seal_of(secrets: &[&str]) -> Seal {
    Seal::new(secrets, "golden").unwrap()
}

fn golden_seal() -> Seal {
    seal_of(&["the secret of the golden bytes"])
}

fn golden_key() -> EntryKey {
    EntryKey::plain(b"golden:1:cart")
}

/// Lines of a name and hexadecimal digits; those that begin with `#` tell what was sealed.
fn golden(name: &str) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/collections-v1.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let digits = line.unwrap_or_else(|| panic!("no golden bytes: {name}"));
    let (pairs, _) = digits.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.iter().map(byte).collect()
}

const KINDS: [(Kind, &str); 4] = [
    (Kind::Set, "set-member"),
    (Kind::SortedSet, "sorted-set-member"),
    (Kind::Hash, "hash-field"),
    (Kind::List, "list-element"),
];

#[test]
fn a_member_sealed_today_has_the_golden_bytes() {
    for (kind, name) in KINDS {
        let sealed = golden_seal().seal_member(kind, MEMBER).unwrap();
        assert_eq!(sealed, golden(name), "{name}");
        assert_eq!(golden_seal().open_member(kind, sealed).unwrap(), MEMBER);
    }
}

#[test]
fn the_golden_value_of_a_field_opens() {
    let opened = golden_seal().open_value(&golden_key(), MEMBER, golden("hash-value"));
    assert_eq!(opened.unwrap(), b"\x0342");
}

#[test]
fn the_golden_payloads_are_the_collections() {
    let command = |operation, members: &[&[u8]]| Command {
        operation,
        members: members.iter().map(|member| member.to_vec()).collect(),
    };
    let values = vec![b"\x0342".to_vec()];
    let rule = crate::entry::AddRule::default();
    let made = [
        ("set", Kind::Set, command(Operation::SetAdd, &[b"\xa1b", b"\xa1a"])),
        (
            "sorted-set",
            Kind::SortedSet,
            command(Operation::SortedAdd { scores: vec![1.5], rule }, &[b"\xa1a"]),
        ),
        ("hash", Kind::Hash, command(Operation::HashSet { values }, &[b"\xa1a"])),
        ("list", Kind::List, command(Operation::ListPush(crate::entry::End::Right), &[b"\xa1a"])),
    ];
    for (name, kind, command) in made {
        let mut collection = Collection::empty(kind);
        collection.apply(&command, 0).unwrap();
        assert_eq!(collection.to_bytes().unwrap(), golden(name), "{name}");
        assert_eq!(Collection::from_bytes(&golden(name)).unwrap(), collection, "{name}");
    }
}

#[test]
fn every_flipped_bit_of_a_member_or_a_value_is_refused() {
    let seal = golden_seal();
    let member = seal.seal_member(Kind::Set, MEMBER).unwrap();
    let value = seal.seal_value(&golden_key(), MEMBER, b"\x0342").unwrap();
    for bit in 0..8 * member.len() {
        let mut flipped = member.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(seal.open_member(Kind::Set, flipped).is_err(), "{bit}");
    }
    for bit in 0..8 * value.len() {
        let mut flipped = value.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(seal.open_value(&golden_key(), MEMBER, flipped).is_err(), "{bit}");
    }
    for length in 0..member.len() {
        assert!(seal.open_member(Kind::Set, member[..length].to_vec()).is_err(), "{length}");
    }
    for length in 0..value.len() {
        let cut = value[..length].to_vec();
        assert!(seal.open_value(&golden_key(), MEMBER, cut).is_err(), "{length}");
    }
}

#[test]
fn what_is_refused_says_why() {
    let seal = golden_seal();
    let sealed = |kind| seal.seal_member(kind, MEMBER).unwrap();
    assert_eq!(seal.open_member(Kind::Set, sealed(Kind::Hash)), Err(Refusal::ForeignKey));
    assert_eq!(seal.open_member(Kind::Set, vec![2; 40]), Err(Refusal::OtherFormat));
    assert_eq!(seal.open_member(Kind::Set, vec![1]), Err(Refusal::Malformed));
    let other = seal_of(&["another secret"]);
    assert_eq!(other.open_member(Kind::Set, sealed(Kind::Set)), Err(Refusal::OtherKey));
    let value = seal.seal_value(&golden_key(), MEMBER, b"\x0342").unwrap();
    let elsewhere = EntryKey::plain(b"golden:1:card");
    assert_eq!(seal.open_value(&elsewhere, MEMBER, value.clone()), Err(Refusal::Forged));
    assert_eq!(seal.open_value(&golden_key(), b"\xa1b", value), Err(Refusal::Forged));
}

/// The length of the key stands before it: what ends the key does not begin the field.
#[test]
fn key_and_field_do_not_run_into_each_other() {
    let seal = golden_seal();
    let value = seal.seal_value(&EntryKey::plain(b"k1"), b"2", b"\x0342").unwrap();
    assert_eq!(seal.open_value(&EntryKey::plain(b"k"), b"12", value), Err(Refusal::Forged));
}

#[test]
fn the_newest_secret_seals_and_every_one_opens() {
    let (old, both) = (seal_of(&["the old secret"]), seal_of(&["a new secret", "the old secret"]));
    let sealed = old.seal_member(Kind::Set, MEMBER).unwrap();
    assert_eq!(both.open_member(Kind::Set, sealed.clone()).unwrap(), MEMBER);
    assert_eq!(both.older_members(Kind::Set, MEMBER).unwrap(), std::slice::from_ref(&sealed));
    assert_ne!(both.seal_member(Kind::Set, MEMBER).unwrap(), sealed);
    assert!(both.has_older() && !old.has_older());
}

/// `"a"` in the safe codec.
const MEMBER: &[u8] = b"\xa1a";
