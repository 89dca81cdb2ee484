//! However bytes are cut, the same comes of them; and nothing that arrives is a panic.

use proptest::collection::vec;
use proptest::prelude::*;
use surecache_resp::Limits;

use crate::encode::{Encoder, replies};
use crate::feed::{Outcome, pieces, whole};

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn what_was_written_is_read_in_pieces_of_any_size(
        replies in replies(),
        choices in vec(any::<u8>(), 1..40),
        sizes in sizes(),
    ) {
        let mut encoder = Encoder::new(&choices);
        for reply in &replies {
            encoder.value(reply);
        }
        let outcome = pieces(&encoder.out, &sizes, Limits::default());
        prop_assert_eq!(outcome.malformed, None);
        prop_assert_eq!(outcome.replies, replies);
        prop_assert!(outcome.idle);
    }

    #[test]
    fn a_reply_that_is_cut_off_is_no_reply(
        replies in replies(),
        choices in vec(any::<u8>(), 1..40),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut encoder = Encoder::new(&choices);
        let mut ends = vec![0];
        for reply in &replies {
            encoder.value(reply);
            ends.push(encoder.out.len());
        }
        let cut = cut.index(encoder.out.len());
        let outcome = whole(&encoder.out[..cut], Limits::default());
        let wanted = ends.iter().filter(|&&end| end <= cut).count() - 1;
        prop_assert_eq!(outcome.malformed, None);
        prop_assert_eq!(&outcome.replies[..], &replies[..wanted]);
        prop_assert_eq!(outcome.idle, ends.contains(&cut));
    }

    #[test]
    fn a_changed_byte_gives_the_same_however_it_arrives(
        replies in replies(),
        choices in vec(any::<u8>(), 1..40),
        changes in vec((any::<prop::sample::Index>(), telling_bytes()), 1..4),
        sizes in sizes(),
    ) {
        let mut encoder = Encoder::new(&choices);
        for reply in &replies {
            encoder.value(reply);
        }
        let mut bytes = encoder.out;
        for (at, byte) in changes {
            let at = at.index(bytes.len().min(200));
            bytes[at] = byte;
        }
        check_alike(&bytes, &sizes)?;
    }
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn random_bytes_give_the_same_however_they_arrive(
        bytes in vec(any::<u8>(), 1..200),
        sizes in sizes(),
    ) {
        check_alike(&bytes, &sizes)?;
    }

    #[test]
    fn bytes_that_look_like_replies_give_the_same_however_they_arrive(
        lines in vec(lines(), 1..20),
        sizes in sizes(),
    ) {
        check_alike(&lines.concat(), &sizes)?;
    }
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// That the same comes of bytes whole and in pieces, and that they take little memory.
fn check_alike(bytes: &[u8], sizes: &[usize]) -> Result<(), TestCaseError> {
    let limits = Limits::default().with_depth(4).with_elements(100).with_line_bytes(100_000);
    let one = whole(bytes, limits);
    let other = pieces(bytes, sizes, limits);
    prop_assert!(one.largest_room.max(other.largest_room) <= (256 << 10) + bytes.len() * 4);
    // As text, since NaN is not equal to itself.
    let text = |outcome: &Outcome| {
        format!("{:?} {:?} {}", outcome.replies, outcome.malformed, outcome.idle)
    };
    prop_assert_eq!(text(&one), text(&other));
    Ok(())
}

/// Sizes of pieces; 0 means that no reply is taken after the next one.
fn sizes() -> impl Strategy<Value = Vec<usize>> {
    let size = prop_oneof![
        4 => 0..10_usize,
        2 => 10..5_000_usize,
        1 => 5_000..100_000_usize,
    ];
    // All sizes zero would take no reply until the end; that is a case too.
    vec(size, 1..8)
}

/// Bytes that mean something to the protocol.
fn telling_bytes() -> impl Strategy<Value = u8> {
    prop::sample::select(b"!#$%(*+,-:=>_|~;.?0123456789\r\ntfinae\x00\xff".as_slice())
}

fn lines() -> impl Strategy<Value = Vec<u8>> {
    let marker = prop::sample::select(b"!#$%(*+,-:=>_|~".as_slice());
    let text = prop_oneof![
        4 => "[0-9]",
        2 => "[0-9]{1,3}",
        2 => "-?[0-9]{1,21}",
        1 => "",
        1 => "t|f|inf|nan|txt:.",
        1 => "[ -~]{0,8}",
    ];
    let end = prop_oneof![
        20 => Just(&b"\r\n"[..]),
        1 => Just(&b"\n"[..]),
        1 => Just(&b"\r"[..]),
    ];
    (marker, text, end).prop_map(|(marker, text, end)| [&[marker], text.as_bytes(), end].concat())
}
