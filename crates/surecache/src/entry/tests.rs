//! What the seal promises: only what was sealed here, for this key, comes out again.

mod golden;
#[cfg(feature = "compress")]
mod packing;
mod page;

use proptest::collection::vec;
use proptest::prelude::*;

use super::header::{Sealed, Sealing, parse};
use super::{Codec, Fingerprint, Header, NEVER, Refusal, Seal, Stamp};
use crate::key::{EntryKey, Tag};

const SECRET: &str = "the secret of the tests";

fn seal() -> Seal {
    seal_of(&[SECRET], "tests")
}

fn seal_of(secrets: &[&str], namespace: &str) -> Seal {
    Seal::new(secrets, namespace).unwrap()
}

fn key() -> EntryKey {
    EntryKey::region(b"user_profile\0key")
}

fn header() -> Header {
    Header {
        codec: Codec::MessagePack,
        fingerprint: Fingerprint([7; 16]),
        created_unix_ms: 1_000,
        soft_unix_ms: 2_000,
        hard_unix_ms: NEVER,
        cost_us: 300,
        stamps: vec![Stamp([1; 16]), Stamp([2; 16])],
        added: vec![Tag::row("auth_user", "id", 42)],
    }
}

fn sealed() -> Vec<u8> {
    seal().seal(&key(), &header(), b"payload").unwrap()
}

fn refusal(seal: &Seal, entry: &EntryKey, bytes: Vec<u8>) -> Option<Refusal> {
    seal.open(entry, bytes[..].into()).err()
}

/// Walks through a store's keys rest on it.
#[cfg(feature = "embedded")]
#[test]
fn the_key_of_a_plain_entry_is_read_from_its_header() {
    use super::plain_key;

    let entry = EntryKey::plain(b"prod:1:key");
    let bytes = seal().seal(&entry, &header(), b"payload").unwrap();
    assert_eq!(plain_key(&bytes), Some(&b"prod:1:key"[..]));
    assert_eq!(plain_key(&sealed()), None, "an answer of a region");
    for length in 0..80 + 10 {
        assert_eq!(plain_key(&bytes[..length]), None, "cut to {length} bytes");
    }
}

#[test]
fn every_flipped_bit_of_a_sealed_entry_is_refused() {
    let sealed = sealed();
    for bit in 0..sealed.len() * 8 {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(refusal(&seal(), &key(), flipped).is_some(), "bit {bit} was not noticed");
    }
    assert_eq!(&*seal().open(&key(), sealed[..].into()).unwrap().payload, b"payload");
}

#[test]
fn every_truncation_and_every_longer_entry_is_malformed() {
    let sealed = sealed();
    for length in 0..sealed.len() {
        let found = refusal(&seal(), &key(), sealed[..length].to_vec());
        assert_eq!(found, Some(Refusal::Malformed), "cut to {length} bytes");
    }
    let longer = [sealed, vec![0]].concat();
    assert_eq!(refusal(&seal(), &key(), longer), Some(Refusal::Malformed));
}

#[test]
fn an_entry_copied_under_another_key_is_foreign() {
    let others = [
        EntryKey::region(b"user_profile\0other key"),
        EntryKey::region(b"user_profile\0ke"),
        EntryKey::region(b""),
        EntryKey::plain(key().as_bytes()),
    ];
    for other in others {
        let found = refusal(&seal(), &other, sealed());
        assert_eq!(found, Some(Refusal::ForeignKey), "under {other:?}");
    }
}

/// The key is not only compared: an entry whose header was changed to name the other key as well
/// does not open.
#[test]
fn an_entry_whose_header_names_another_key_is_forged() {
    let other = EntryKey::region(b"user_profile\0yek");
    let mut bytes = sealed();
    let at = Header { stamps: Vec::new(), added: Vec::new(), ..header() }.size(&key());
    bytes[at - key().as_bytes().len()..at].copy_from_slice(other.as_bytes());
    assert_eq!(refusal(&seal(), &other, bytes), Some(Refusal::Forged));
}

#[test]
fn another_secret_or_namespace_is_another_key() {
    let others = [
        seal_of(&["another secret of the tests"], "tests"),
        seal_of(&[SECRET], "other"),
        seal_of(&[SECRET], ""),
        // The same letters, divided elsewhere.
        seal_of(&["sthe secret of the tests"], "test"),
    ];
    for other in others {
        assert_eq!(refusal(&other, &key(), sealed()), Some(Refusal::OtherKey));
    }
}

#[test]
fn a_fallback_secret_opens_and_the_first_one_seals() {
    let rotated = seal_of(&["the newer secret", SECRET], "tests");
    assert_eq!(&*rotated.open(&key(), sealed()[..].into()).unwrap().payload, b"payload");
    let newer = rotated.seal(&key(), &header(), b"payload").unwrap();
    assert_eq!(refusal(&seal(), &key(), newer.clone()), Some(Refusal::OtherKey));
    assert!(refusal(&seal_of(&["the newer secret"], "tests"), &key(), newer).is_none());
}

#[test]
fn no_two_sealings_of_the_same_are_alike() {
    let (one, two) = (sealed(), sealed());
    assert_ne!(one[..24], two[..24], "the mark that a change is noticed by");
    assert_ne!(one[one.len() - 23..], two[two.len() - 23..], "payload and tag");
}

#[test]
fn what_the_length_fields_cannot_say_is_refused_when_sealing() {
    let tag = |bytes| Tag::from_bytes(vec![0; bytes]);
    let with = |stamps: usize, added: Vec<Tag>| {
        let header = Header { stamps: vec![Stamp([0; 16]); stamps], added, ..header() };
        seal().seal(&key(), &header, b"payload")
    };
    let most = with(65_535, vec![tag(65_535)]).unwrap();
    assert!(refusal(&seal(), &key(), most).is_none());
    assert!(with(65_536, Vec::new()).unwrap_err().is_misuse());
    assert!(with(1, vec![tag(65_536)]).unwrap_err().is_misuse());
}

#[test]
fn secrets_that_are_none_are_refused() {
    assert!(Seal::new::<&str>(&[], "tests").unwrap_err().is_misuse());
    assert!(Seal::new(&["1234567"], "tests").unwrap_err().is_misuse());
    assert!(Seal::new(&[SECRET, "1234567"], "tests").unwrap_err().is_misuse());
    assert!(Seal::new(&["12345678"], "tests").is_ok());
}

proptest! {
    #[test]
    fn a_header_comes_back_as_it_was_written(
        header in any_header(),
        entry in any_entry(),
        payload in vec(any::<u8>(), 0..200),
    ) {
        let bytes = seal().seal(&entry, &header, &payload).unwrap();
        let parsed = parse(&bytes, &entry).ok().unwrap();
        prop_assert_eq!(&parsed.header, &header);
        prop_assert_eq!(parsed.length, header.size(&entry));
        prop_assert_eq!(&rewritten(&bytes, &entry), &bytes[..parsed.length]);
        let opened = seal().open(&entry, bytes[..].into()).unwrap();
        prop_assert_eq!(&opened.header, &header);
        prop_assert_eq!(&opened.payload[..], &payload[..]);
    }

    #[test]
    fn bytes_of_any_sort_are_refused_without_a_panic(
        start in vec(any::<u8>(), 0..200),
        splice in any::<prop::sample::Index>(),
    ) {
        prop_assert!(refusal(&seal(), &key(), start.clone()).is_some());
        let mut spliced = sealed();
        let at = splice.index(spliced.len());
        spliced.splice(at..at, start.iter().copied());
        prop_assert_eq!(refusal(&seal(), &key(), spliced).is_some(), !start.is_empty());
    }
}

/// The header of an entry, parsed and written again.
fn rewritten(bytes: &[u8], entry: &EntryKey) -> Vec<u8> {
    let parsed = parse(bytes, entry).ok().unwrap();
    let Sealing { key_id, nonce } = parsed.sealing;
    let sealed_bytes = u32::try_from(bytes.len() - parsed.length).unwrap();
    let sealed = Sealed { packing: parsed.packing, bytes: sealed_bytes };
    let mut out = Vec::new();
    parsed.header.write_to(&mut out, entry, &Sealing { key_id, nonce }, sealed);
    out
}

fn any_entry() -> impl Strategy<Value = EntryKey> {
    (any::<bool>(), vec(any::<u8>(), 0..80)).prop_map(|(is_plain, bytes)| {
        if is_plain { EntryKey::plain(&bytes) } else { EntryKey::region(&bytes) }
    })
}

fn any_header() -> impl Strategy<Value = Header> {
    let codecs = vec![Codec::Integer, Codec::MessagePack, Codec::Pickle, Codec::Raw];
    let added = vec(vec(any::<u8>(), 0..40).prop_map(Tag::from_bytes), 0..4);
    let times = (any::<u64>(), any::<u64>(), any::<u64>(), any::<u32>());
    let stamps = vec(any::<[u8; 16]>().prop_map(Stamp), 4..9);
    (prop::sample::select(codecs), any::<[u8; 16]>(), times, stamps, added).prop_map(
        |(codec, fingerprint, (created_unix_ms, soft_unix_ms, hard_unix_ms, cost_us), s, added)| {
            Header {
                codec,
                fingerprint: Fingerprint(fingerprint),
                created_unix_ms,
                soft_unix_ms,
                hard_unix_ms,
                cost_us,
                stamps: s,
                added,
            }
        },
    )
}
