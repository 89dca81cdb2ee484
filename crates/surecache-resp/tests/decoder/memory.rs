//! Where bytes go, and how much memory is taken for what was only announced.

use surecache_resp::{Decoder, Limits, Value};

use crate::feed::{pieces, whole};

fn bulk_of(length: usize) -> (Vec<u8>, Vec<u8>) {
    let text: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
    (format!("${length}\r\n").into_bytes().into_iter().chain(text.clone()).collect(), text)
}

#[test]
fn a_long_string_is_read_into_the_value_itself() {
    let (mut rest, text) = bulk_of(1 << 20);
    rest.extend_from_slice(b"\r\n");
    let mut rest = &rest[..];
    let mut decoder = Decoder::new(Limits::default());
    let mut reads = 0;
    let mut last = 0..0;
    let reply = loop {
        if let Some(reply) = decoder.next().unwrap() {
            break reply;
        }
        let room = decoder.room();
        let read = room.len().min(rest.len());
        room[..read].copy_from_slice(&rest[..read]);
        last = room.as_ptr().addr()..room.as_ptr().addr() + read;
        decoder.filled(read);
        rest = &rest[read..];
        reads += 1;
    };
    let bytes = reply.into_bulk().unwrap();
    let value = bytes.as_ptr().addr()..bytes.as_ptr().addr() + bytes.len() + 2;
    assert!(value.contains(&last.start) && last.end == value.end, "the last read was copied");
    assert!(reads <= 5, "reads: {reads}");
    assert!(bytes == text && decoder.is_idle() && rest.is_empty());
}

#[test]
fn an_announced_length_takes_memory_only_as_bytes_arrive() {
    let outcome = whole(b"$500000000\r\nabc", Limits::default());
    assert!(outcome.malformed.is_none() && !outcome.idle);
    let mut decoder = Decoder::new(Limits::default());
    let head = b"$500000000\r\n";
    decoder.room()[..head.len()].copy_from_slice(head);
    decoder.filled(head.len());
    let mut arrived = 0;
    for _ in 0..8 {
        assert_eq!(decoder.next(), Ok(None));
        let room = decoder.room().len();
        assert!(room <= arrived.max(256 << 10), "room for {room} after {arrived}");
        decoder.filled(room);
        arrived += room;
    }
}

#[test]
fn wide_aggregates_inside_each_other_take_little_memory() {
    let mut bytes = Vec::new();
    for _ in 0..32 {
        bytes.extend_from_slice(b"*1048576\r\n");
    }
    let outcome = whole(&bytes, Limits::default());
    assert!(outcome.malformed.is_none() && !outcome.idle && outcome.largest_room <= 64 << 10);
}

/// Replies of different lengths and bytes end anywhere in the buffer: what is left of one is moved
/// to its front, and must be that one's bytes there.
#[test]
fn the_buffer_grows_for_full_reads_and_no_further() {
    let wanted: Vec<_> = (0..1000)
        .map(|number| Value::Bulk(number.to_string().repeat(300).as_bytes().into()))
        .collect();
    let mut bytes = Vec::new();
    for text in wanted.iter().filter_map(Value::as_bulk) {
        bytes.extend_from_slice(format!("${}\r\n", text.len()).as_bytes());
        bytes.extend_from_slice(text);
        bytes.extend_from_slice(b"\r\n");
    }
    let few = pieces(&bytes, &[1000], Limits::default());
    assert!(few.idle && few.replies == wanted && few.largest_room <= 16 << 10);
    let many = whole(&bytes, Limits::default());
    assert!(many.idle && many.replies == wanted);
    let room = many.largest_room;
    assert!((64 << 10..=128 << 10).contains(&room), "largest room: {room}");
}

#[test]
fn the_room_begins_where_it_began_once_no_reply_is_held() {
    let (mut reply, text) = bulk_of(1000);
    reply.extend_from_slice(b"\r\n");
    let mut decoder = Decoder::new(Limits::default());
    let mut answer = || {
        let room = decoder.room();
        let address = room.as_ptr().addr();
        room[..reply.len()].copy_from_slice(&reply);
        decoder.filled(reply.len());
        (address, decoder.next().unwrap().unwrap().into_bulk().unwrap())
    };
    let (first, _) = answer();
    let (again, held) = answer();
    assert_eq!(first, again);
    let (next, others) = answer();
    assert!(next > again, "the room begins in what is held");
    assert!(held == text && others == text);
    drop((held, others));
    assert_eq!(answer().0, first);
}

/// A decoder that begins again at a reply's first byte takes hours for this one.
#[test]
fn a_wide_reply_may_come_byte_by_byte() {
    let mut bytes = b"*50000\r\n".to_vec();
    let wanted: Vec<_> = (0..50_000).map(Value::Integer).collect();
    for number in 0..50_000 {
        bytes.extend_from_slice(format!(":{number}\r\n").as_bytes());
    }
    let outcome = pieces(&bytes, &[1], Limits::default());
    assert!(outcome.replies == [Value::Array(wanted)] && outcome.idle);
}

#[test]
fn replies_that_are_not_taken_are_kept() {
    let mut decoder = Decoder::new(Limits::default());
    let reply = b"+OK\r\n";
    for _ in 0..50_000 {
        for &byte in reply {
            decoder.room()[0] = byte;
            decoder.filled(1);
        }
    }
    for _ in 0..50_000 {
        assert_eq!(decoder.next(), Ok(Some(Value::Simple("OK".to_owned()))));
    }
    assert!(decoder.is_idle());
    assert!(decoder.room().len() <= 128 << 10, "the large buffer was kept");
}

#[test]
#[should_panic(expected = "filled with more than the room")]
fn more_than_the_room_cannot_be_filled() {
    let mut decoder = Decoder::new(Limits::default());
    let room = decoder.room().len();
    decoder.filled(room + 1);
}

#[test]
fn what_has_arrived_is_not_shown() {
    let mut decoder = Decoder::new(Limits::default());
    decoder.room()[..9].copy_from_slice(b"$9\r\nsecre");
    decoder.filled(9);
    assert_eq!(decoder.next(), Ok(None));
    let shown = format!("{decoder:?}");
    assert!(shown.starts_with("Decoder { limits: ") && !shown.contains("115"), "{shown}");
}
