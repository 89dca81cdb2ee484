//! The bytes of format 1, sealed once: opened for as long as the format is read.

use super::{Header, rewritten, seal_of};
use crate::entry::{Codec, Fingerprint, Seal, Stamp};
use crate::key::{EntryKey, Tag};

#[test]
fn golden_bytes_open_to_what_was_sealed() {
    let opened = golden_seal().open(&golden_key(), golden_bytes()[..].into()).unwrap();
    assert_eq!(opened.header, golden_header());
    assert_eq!(&*opened.payload, GOLDEN_PAYLOAD);
}

#[test]
fn a_header_written_today_has_the_golden_bytes() {
    let golden = golden_bytes();
    let header = rewritten(&golden, &golden_key());
    assert_eq!(header, golden[..header.len()]);
    assert_eq!(header.len(), golden_header().size(&golden_key()));
}

/// The file is hexadecimal digits; lines that begin with `#` tell what was sealed.
pub(super) fn golden_bytes() -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/entry-v1.hex");
    let text = std::fs::read_to_string(path).unwrap();
    from_hex(text.lines().filter(|line| !line.starts_with('#')))
}

pub(super) fn from_hex<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let digits: Vec<u8> =
        lines.flat_map(str::bytes).filter(|byte| !byte.is_ascii_whitespace()).collect();
    let pair = |pair: &[u8; 2]| {
        let pair = std::str::from_utf8(pair).unwrap();
        u8::from_str_radix(pair, 16).unwrap_or_else(|_| panic!("no hexadecimal byte: {pair:?}"))
    };
    let (pairs, rest) = digits.as_chunks::<2>();
    assert!(rest.is_empty(), "an odd number of digits");
    pairs.iter().map(pair).collect()
}

pub(super) fn golden_seal() -> Seal {
    seal_of(&["the secret of the golden bytes"], "golden")
}

pub(super) fn golden_key() -> EntryKey {
    let name = [b"user_profile\0".as_slice(), &[0x11; 16], &[0x00], &[0x10, 0x01, 0x2a]];
    EntryKey::region(&name.concat())
}

pub(super) fn golden_header() -> Header {
    Header {
        codec: Codec::MessagePack,
        fingerprint: Fingerprint([0x11; 16]),
        created_unix_ms: 1_767_225_600_000,
        soft_unix_ms: 1_767_225_870_000,
        hard_unix_ms: 1_767_225_900_000,
        cost_us: 12_345,
        stamps: [0x21, 0x22, 0x23].map(|byte| Stamp([byte; 16])).to_vec(),
        added: vec![Tag::named("rates")],
    }
}

/// `{"name": "ada"}`.
const GOLDEN_PAYLOAD: &[u8] = b"\x81\xa4name\xa3ada";
