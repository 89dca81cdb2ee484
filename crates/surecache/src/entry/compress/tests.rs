//! What comes out is what went in, or nothing.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Compressor, NotInflated};

const MOST: usize = 1 << 20;

fn text(bytes: usize) -> Vec<u8> {
    b"the same words and the same words again, ".iter().copied().cycle().take(bytes).collect()
}

/// Bytes that no compressor makes smaller.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(bytes).collect()
}

#[test]
fn values_of_all_sizes_come_back_and_repetition_takes_little() {
    for compressor in Compressor::ALL {
        for value in [text(0), text(1), text(1024), text(300_000), noise(1024), noise(300_000)] {
            let frame = compressor.compress(&value).unwrap();
            let found = compressor.inflate(&frame, value.len());
            assert_eq!(found.as_ref(), Ok(&value), "{compressor:?}, {} bytes", value.len());
        }
        let frame = compressor.compress(&text(100_000)).unwrap();
        assert!(frame.len() < 2_000, "{compressor:?}: {}", frame.len());
    }
}

#[test]
fn the_same_value_is_compressed_to_the_same_bytes() {
    for compressor in Compressor::ALL {
        let value = text(10_000);
        assert_eq!(compressor.compress(&value).unwrap(), compressor.compress(&value).unwrap());
    }
    let frame = Compressor::Gzip.compress(b"value").unwrap();
    assert_eq!(frame[4..8], [0; 4], "the time in a gzip header");
}

#[test]
fn what_inflates_to_more_than_is_asked_for_is_refused() {
    for compressor in Compressor::ALL {
        let bomb = compressor.compress(&text(MOST + 1)).unwrap();
        let found = compressor.inflate(&bomb, MOST);
        assert_eq!(found, Err(NotInflated::TooLarge), "{compressor:?}");
        let one = compressor.compress(b"1").unwrap();
        assert_eq!(compressor.inflate(&one, 0), Err(NotInflated::TooLarge), "{compressor:?}");
    }
}

/// Eight kibibytes of blocks that repeat one byte, which hold 256 MiB, and no size in the header.
#[test]
fn a_frame_that_does_not_tell_its_size_is_refused_when_the_bound_is_reached() {
    let mut bomb = b"\x28\xb5\x2f\xfd\x00\x58".to_vec();
    // Not the last block, repeated, 128 KiB.
    let block = (128_u32 << 10) << 3 | 1 << 1;
    for _ in 0..1 << 11 {
        bomb.extend_from_slice(&block.to_le_bytes()[..3]);
        bomb.push(b'x');
    }
    assert_eq!(Compressor::Zstd.inflate(&bomb, MOST), Err(NotInflated::TooLarge));
}

#[test]
fn a_size_in_the_header_is_refused_before_anything_is_inflated() {
    // Single segment, eight bytes of size, no block at all.
    let zstd = [b"\x28\xb5\x2f\xfd\xe0".as_slice(), &(1_u64 << 40).to_le_bytes()].concat();
    assert_eq!(Compressor::Zstd.inflate(&zstd, MOST), Err(NotInflated::TooLarge));
}

#[test]
fn a_size_in_the_header_that_is_not_true_is_no_frame() {
    let zstd = [b"\x28\xb5\x2f\xfd\xa0".as_slice(), &1_000_000_u32.to_le_bytes()].concat();
    let empty_last_block = [zstd, vec![1, 0, 0]].concat();
    assert_eq!(Compressor::Zstd.inflate(&empty_last_block, MOST), Err(NotInflated::Damaged));
}

/// The same frame with another size of its dictionary, as the header of its block says it.
#[test]
fn an_xz_header_that_asks_for_much_memory_is_refused() {
    let frame = Compressor::Lzma.compress(&text(2000)).unwrap();
    let with_dictionary = |code: u8| {
        let mut frame = frame.clone();
        frame[16] = code;
        let sum = crc32(&frame[12..20]);
        frame[20..24].copy_from_slice(&sum.to_le_bytes());
        Compressor::Lzma.inflate(&frame, MOST)
    };
    const MIB_64: u8 = 28;
    const GIB_4: u8 = 40;
    assert_eq!(with_dictionary(MIB_64), Ok(text(2000)));
    assert_eq!(with_dictionary(GIB_4), Err(NotInflated::Damaged));
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            sum >> 1 ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    })
}

#[test]
fn a_frame_that_was_cut_is_refused_wherever_the_cut_is() {
    for compressor in Compressor::ALL {
        // Several blocks: a cut may be between two.
        for value in [text(100), noise(200_000)] {
            let frame = compressor.compress(&value).unwrap();
            let step = 1 + frame.len() / 1500;
            for length in (0..frame.len()).step_by(step).chain(frame.len() - 20..frame.len()) {
                let found = compressor.inflate(&frame[..length], MOST);
                assert_eq!(found, Err(NotInflated::Damaged), "{compressor:?} cut to {length}");
            }
        }
    }
}

#[test]
fn what_follows_a_frame_is_refused() {
    for compressor in Compressor::ALL {
        let frame = compressor.compress(&text(1000)).unwrap();
        for rest in [b"\0".to_vec(), b"\0\0\0\0".to_vec(), frame.clone()] {
            let longer = [frame.clone(), rest].concat();
            let found = compressor.inflate(&longer, MOST);
            assert_eq!(found, Err(NotInflated::Damaged), "{compressor:?}");
        }
    }
}

#[test]
fn a_frame_of_another_kind_is_none() {
    for (one, other) in pairs() {
        let frame = one.compress(&text(1000)).unwrap();
        assert_eq!(other.inflate(&frame, MOST), Err(NotInflated::Damaged), "{one:?} {other:?}");
    }
}

/// A context is used again, also after a frame that ended in the middle.
#[test]
fn a_damaged_frame_does_not_harm_the_next_one() {
    let frame = Compressor::Zstd.compress(&text(5000)).unwrap();
    for _ in 0..3 {
        assert!(Compressor::Zstd.inflate(&frame[..frame.len() / 2], MOST).is_err());
        assert_eq!(Compressor::Zstd.inflate(&frame, MOST).unwrap(), text(5000));
    }
}

#[test]
fn names_are_told_apart() {
    for compressor in Compressor::ALL {
        assert_eq!(Compressor::named(compressor.name()), Some(compressor));
    }
    assert_eq!(Compressor::named("Zstd"), None);
}

proptest! {
    #[test]
    fn bytes_of_any_sort_come_back(bytes in vec(any::<u8>(), 0..3000)) {
        for compressor in Compressor::ALL {
            let frame = compressor.compress(&bytes).unwrap();
            prop_assert_eq!(compressor.inflate(&frame, bytes.len()), Ok(bytes.clone()));
        }
    }

    #[test]
    fn a_damaged_frame_never_gives_more_than_the_bound(
        at in any::<prop::sample::Index>(),
        splice in vec(any::<u8>(), 0..20),
    ) {
        for compressor in Compressor::ALL {
            let mut frame = compressor.compress(&text(2000)).unwrap();
            let at = at.index(frame.len());
            frame.splice(at..(at + splice.len()).min(frame.len()), splice.iter().copied());
            if let Ok(found) = compressor.inflate(&frame, 2500) {
                prop_assert!(found.len() <= 2500);
            }
        }
    }
}

fn pairs() -> impl Iterator<Item = (Compressor, Compressor)> {
    let all = Compressor::ALL.into_iter();
    all.flat_map(|one| Compressor::ALL.into_iter().map(move |other| (one, other)))
        .filter(|(one, other)| one != other)
}
