//! Compressed payloads: smaller under the seal, and read by everybody.

use super::golden::{from_hex, golden_header, golden_key, golden_seal};
use super::{header, key, refusal, seal};
use crate::entry::packing::Packing;
use crate::entry::{Codec, Compression, Compressor, Header, Refusal, Seal};

fn compressing(compressor: Compressor, above_bytes: usize) -> Seal {
    seal().with_compression(Some(Compression { compressor, above_bytes }))
}

fn repeated(bytes: usize) -> Vec<u8> {
    b"once and again, ".iter().copied().cycle().take(bytes).collect()
}

/// The upper half of the codec's byte.
fn packing(sealed: &[u8]) -> u8 {
    sealed[3] >> 4
}

#[test]
fn what_is_compressed_is_opened_by_seals_of_any_setting() {
    for (compressor, code) in [
        (Compressor::Zstd, 1),
        (Compressor::Lz4, 2),
        (Compressor::Zlib, 3),
        (Compressor::Gzip, 4),
        (Compressor::Lzma, 5),
    ] {
        let payload = repeated(5000);
        let sealed = compressing(compressor, 1024).seal(&key(), &header(), &payload).unwrap();
        assert!(sealed.len() < 1000, "{compressor:?}: {}", sealed.len());
        assert_eq!(packing(&sealed), code, "{compressor:?}");
        for reader in [seal(), compressing(Compressor::Gzip, 0), compressing(Compressor::Zstd, 0)] {
            let opened = reader.open(&key(), sealed[..].into()).unwrap();
            assert_eq!((&*opened.payload, &opened.header), (&payload[..], &header()));
        }
    }
}

#[test]
fn what_was_stored_before_is_opened_by_a_seal_that_compresses() {
    let sealed = seal().seal(&key(), &header(), &repeated(5000)).unwrap();
    let opened = compressing(Compressor::Zstd, 0).open(&key(), sealed[..].into()).unwrap();
    assert_eq!(&*opened.payload, repeated(5000));
}

#[test]
fn small_payloads_numbers_and_what_gets_no_smaller_are_left_as_they_are() {
    let seal = compressing(Compressor::Zstd, 100);
    let packing_of = |codec, payload: &[u8]| {
        packing(&seal.seal(&key(), &Header { codec, ..header() }, payload).unwrap())
    };
    assert_eq!(packing_of(Codec::Pickle, &repeated(100)), 0);
    assert_eq!(packing_of(Codec::Pickle, &repeated(101)), 1);
    assert_eq!(packing_of(Codec::Integer, &repeated(101)), 0);
    let noise: Vec<u8> = (0_u8..=255).collect();
    assert_eq!(packing_of(Codec::Pickle, &noise), 0);
}

#[test]
fn every_flipped_bit_of_a_compressed_entry_is_refused_before_it_is_inflated() {
    let sealed = compressing(Compressor::Zstd, 0).seal(&key(), &header(), &repeated(99)).unwrap();
    assert_eq!(packing(&sealed), 1);
    for bit in 0..sealed.len() * 8 {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let found = refusal(&seal(), &key(), flipped);
        assert!(found.is_some_and(|found| found != Refusal::Undecodable), "bit {bit}: {found:?}");
    }
}

/// Whoever has the secret can seal anything.
#[test]
fn a_sealed_frame_that_is_damaged_or_inflates_to_too_much_is_undecodable() {
    for compressor in Compressor::ALL {
        let packing = Packing::Compressed(compressor);
        let frame = compressor.compress(b"payload").unwrap();
        for damaged in [&frame[1..], &frame[..frame.len() - 1], b""] {
            let sealed = seal().seal_packed(&key(), &header(), packing, damaged).unwrap();
            assert_eq!(refusal(&seal(), &key(), sealed), Some(Refusal::Undecodable));
        }
    }
    // A header of zstd that tells half a gibibyte, and one byte more.
    let bomb = [b"\x28\xb5\x2f\xfd\xe0".as_slice(), &((512_u64 << 20) + 1).to_le_bytes()].concat();
    let packing = Packing::Compressed(Compressor::Zstd);
    let sealed = seal().seal_packed(&key(), &header(), packing, &bomb).unwrap();
    assert_eq!(refusal(&seal(), &key(), sealed), Some(Refusal::Undecodable));
}

#[test]
fn a_compressor_of_a_later_release_is_another_format() {
    let mut sealed = seal().seal(&key(), &header(), b"payload").unwrap();
    for code in 6..16 {
        sealed[3] = code << 4 | sealed[3] & 0x0f;
        assert_eq!(refusal(&seal(), &key(), sealed.clone()), Some(Refusal::OtherFormat));
    }
}

#[test]
fn golden_bytes_of_a_compressed_entry_open_to_what_was_sealed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/entry-v1-zstd.hex");
    let text = std::fs::read_to_string(path).unwrap();
    let bytes = from_hex(text.lines().filter(|line| !line.starts_with('#')));
    assert_eq!(packing(&bytes), 1);
    let opened = golden_seal().open(&golden_key(), bytes[..].into()).unwrap();
    assert_eq!(opened.header, golden_header());
    // The text of 1280 bytes "once and again, ...", in MessagePack.
    assert_eq!(&*opened.payload, [b"\xda\x05\x00".as_slice(), &repeated(1280)].concat());
}

#[test]
fn the_packings_on_the_page_are_those_of_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/format.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (_, table) = page.split_once("| upper half | payload |").unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let on_page: Vec<_> = rows.map(|row| row.split('`').nth(1).unwrap().to_owned()).collect();
    let in_code = (0..16).filter(|code| Packing::from_code(*code).is_some());
    assert_eq!(on_page, in_code.map(|code| format!("{code:x}")).collect::<Vec<_>>());
}
