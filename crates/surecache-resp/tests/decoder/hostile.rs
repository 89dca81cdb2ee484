//! What no server should send: each is an error that names the wrong byte, however it arrives.

use surecache_resp::{Limits, Malformed};

use crate::feed::{pieces, whole};

/// Name, bytes, text of the error.
type Case = (&'static str, &'static [u8], &'static str);

const STREAMED: &str = "found a streamed value, which is not read here";

const CASES: &[Case] = &[
    ("no type", b"GET\r\n", "byte 0: wanted a type byte, found byte: 'G'"),
    ("no type, no end", b"\x00", "byte 0: wanted a type byte, found byte: '\\x00'"),
    ("an empty line", b"\r\n", "byte 0: wanted a type byte, found byte: '\\r'"),
    ("after a reply", b"+OK\r\nX", "byte 5: wanted a type byte, found byte: 'X'"),
    ("lone \\r", b"+OK\rX", "byte 4: wanted \\n after \\r, found byte: 'X'"),
    ("two \\r", b"+OK\r\r\n", "byte 4: wanted \\n after \\r, found byte: '\\r'"),
    ("lone \\n", b"+OK\n", "byte 3: wanted \\r before \\n, found byte: '\\n'"),
    ("no integer", b":\r\n", "byte 1: wanted a digit, found the end of the line"),
    ("a sign alone", b":-\r\n", "byte 2: wanted a digit, found the end of the line"),
    ("two signs", b":+-1\r\n", "byte 2: wanted a digit, found byte: '-'"),
    ("a fraction", b":1.5\r\n", "byte 2: wanted a digit, found byte: '.'"),
    ("a space", b": 1\r\n", "byte 1: wanted a digit, found byte: ' '"),
    (
        "an integer too large",
        b":9223372036854775808\r\n",
        "byte 1: wanted an integer of 64 bits, found more",
    ),
    (
        "an integer too small",
        b":-9223372036854775809\r\n",
        "byte 1: wanted an integer of 64 bits, found more",
    ),
    ("no length", b"$\r\n", "byte 1: wanted a digit, found the end of the line"),
    ("length -2", b"$-2\r\n", "byte 1: wanted a digit, found byte: '-'"),
    ("length -0", b"$-0\r\n", "byte 1: wanted a digit, found byte: '-'"),
    ("length +1", b"$+1\r\n", "byte 1: wanted a digit, found byte: '+'"),
    ("length in hex", b"$0x1\r\n", "byte 2: wanted a digit, found byte: 'x'"),
    ("count -2", b"*-2\r\n", "byte 1: wanted a digit, found byte: '-'"),
    ("a null map", b"%-1\r\n", "byte 1: wanted a digit, found byte: '-'"),
    ("a null set", b"~-1\r\n", "byte 1: wanted a digit, found byte: '-'"),
    ("a null push", b">-1\r\n", "byte 1: wanted a digit, found byte: '-'"),
    ("null attributes", b"|-1\r\n", "byte 1: wanted a digit, found byte: '-'"),
    ("a null error", b"!-1\r\n", "byte 1: wanted a digit, found byte: '-'"),
    ("a null verbatim", b"=-1\r\n", "byte 1: wanted a digit, found byte: '-'"),
    (
        "a long bulk",
        b"$536870913\r\n",
        "byte 1: wanted a length of at most 536870912, found length: 536870913",
    ),
    (
        "a length past all integers",
        b"$99999999999999999999999\r\n",
        "byte 1: wanted a length of at most 536870912, found length: more",
    ),
    (
        "a wide array",
        b"*1048577\r\n",
        "byte 1: wanted a length of at most 1048576, found length: 1048577",
    ),
    (
        "a wide map",
        b"%524289\r\n",
        "byte 1: wanted a length of at most 524288, found length: 524289",
    ),
    ("a longer bulk", b"$3\r\nabcd\r\n", "byte 7: wanted \\r\\n after a string, found byte: 'd'"),
    ("a bulk's lone \\r", b"$1\r\na\rX", "byte 6: wanted \\r\\n after a string, found byte: 'X'"),
    ("a bulk's lone \\n", b"$1\r\na\n+", "byte 5: wanted \\r\\n after a string, found byte: '\\n'"),
    ("a null with text", b"_x\r\n", "byte 1: wanted the end of a null, found byte: 'x'"),
    ("no boolean", b"#\r\n", "byte 1: wanted t or f, found the end of the line"),
    ("another boolean", b"#1\r\n", "byte 1: wanted t or f, found byte: '1'"),
    ("a boolean's word", b"#true\r\n", "byte 2: wanted the end of a boolean, found byte: 'r'"),
    ("no double", b",\r\n", "byte 1: wanted a double, found none in bytes: 0"),
    ("two points", b",1.2.3\r\n", "byte 1: wanted a double, found none in bytes: 5"),
    ("an infinity's name", b",infinity\r\n", "byte 1: wanted a double, found byte: 'i'"),
    ("a double in hex", b",0x1p3\r\n", "byte 2: wanted a double, found byte: 'x'"),
    ("a double too large", b",1e999\r\n", "byte 1: wanted a double of 64 bits, found more"),
    ("no big number", b"(\r\n", "byte 1: wanted a digit, found the end of the line"),
    ("a big fraction", b"(12.5\r\n", "byte 3: wanted a digit, found byte: '.'"),
    (
        "a short verbatim",
        b"=3\r\ntxt\r\n",
        "byte 4: wanted a format of 3 bytes and a colon, found bytes: 3",
    ),
    (
        "a verbatim without colon",
        b"=5\r\ntxt-a\r\n",
        "byte 7: wanted a colon after a format, found byte: '-'",
    ),
    ("a push inside", b"*1\r\n>0\r\n", "byte 4: wanted a value, found a push inside a reply"),
];

#[test]
fn every_malformed_form_is_told_apart() {
    for &(name, bytes, wanted) in CASES {
        for sizes in [&[usize::MAX][..], &[1], &[2, 3]] {
            let outcome = pieces(bytes, sizes, Limits::default());
            let text = outcome.malformed.as_ref().map(Malformed::to_string);
            assert_eq!(text.as_deref(), Some(wanted), "{name}");
            assert!(!outcome.idle, "{name}");
        }
    }
}

#[test]
fn streamed_types_are_refused() {
    for bytes in [&b"$?\r\n"[..], b"*?\r\n", b"%?\r\n", b"~?\r\n", b">?\r\n", b";4\r\n", b".\r\n"] {
        let text = whole(bytes, Limits::default()).malformed.map(|malformed| malformed.to_string());
        assert!(text.as_ref().is_some_and(|text| text.ends_with(STREAMED)), "{text:?}");
    }
}

#[test]
fn every_limit_is_kept_to_the_byte() {
    let limits =
        Limits::default().with_bulk_bytes(4).with_depth(2).with_elements(4).with_line_bytes(6);
    for bytes in [
        &b"$4\r\nabcd\r\n"[..],
        b"*1\r\n*0\r\n",
        b"*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n",
        b"%2\r\n:1\r\n:2\r\n:3\r\n:4\r\n",
        b"+123456\r\n",
    ] {
        let outcome = whole(bytes, limits);
        assert!(outcome.idle && outcome.replies.len() == 1, "{}", bytes.escape_ascii());
    }
    let cases: &[Case] = &[
        ("bulk", b"$5\r\n", "byte 1: wanted a length of at most 4, found length: 5"),
        ("error", b"!5\r\n", "byte 1: wanted a length of at most 4, found length: 5"),
        ("array", b"*5\r\n", "byte 1: wanted a length of at most 4, found length: 5"),
        ("map", b"%3\r\n", "byte 1: wanted a length of at most 2, found length: 3"),
        ("depth", b"*1\r\n*1\r\n*0\r\n", "byte 8: wanted at most 2 aggregates nested, found more"),
        ("line", b"+1234567", "byte 7: wanted at most 6 bytes in a line, found more"),
        ("ended line", b"+1234567\r\n", "byte 7: wanted at most 6 bytes in a line, found more"),
    ];
    for &(name, bytes, wanted) in cases {
        for sizes in [&[usize::MAX][..], &[1]] {
            let malformed = pieces(bytes, sizes, limits).malformed;
            let text = malformed.map(|malformed| malformed.to_string());
            assert_eq!(text.as_deref(), Some(wanted), "{name}");
        }
    }
}

#[test]
fn limits_as_large_as_can_be_overflow_nothing() {
    let limits = Limits::default()
        .with_bulk_bytes(usize::MAX)
        .with_elements(usize::MAX)
        .with_line_bytes(usize::MAX);
    let most = usize::MAX - 1;
    for marker in ["$", "*", "=", "~"] {
        let outcome = whole(format!("{marker}{most}\r\n:1\r\n").as_bytes(), limits);
        assert!(outcome.malformed.is_none() && !outcome.idle, "{marker}");
    }
    let outcome = whole(format!("%{}\r\n:1\r\n", usize::MAX / 2).as_bytes(), limits);
    assert!(outcome.malformed.is_none() && !outcome.idle);
}

#[test]
fn a_wrong_end_of_a_long_string_is_told_where_it_is() {
    let mut bytes = b"$100000\r\n".to_vec();
    bytes.resize(9 + 100_000, b'a');
    bytes.extend_from_slice(b"\rX+OK\r\n");
    let malformed = whole(&bytes, Limits::default()).malformed;
    let wanted = "byte 100010: wanted \\r\\n after a string, found byte: 'X'";
    assert_eq!(malformed.map(|malformed| malformed.to_string()).as_deref(), Some(wanted));
}

#[test]
fn a_short_limit_of_lines_holds_for_lengths_too_however_they_arrive() {
    let limits = Limits::default().with_line_bytes(3);
    let bytes = [b"$1234\r\n", &[b'x'; 1234][..], b"\r\n"].concat();
    let (at_once, in_pieces) = (whole(&bytes, limits), pieces(&bytes, &[1], limits));
    assert!(at_once.malformed.is_some());
    assert_eq!(at_once.malformed, in_pieces.malformed);
}
