//! Bytes of a server, whatever they are: the same replies and the same error come of them in
//! whatever pieces they arrive, and memory is taken as they arrive.
#![no_main]

use libfuzzer_sys::fuzz_target;
use surecache_resp::{Decoder, Limits, Malformed, Value};

fuzz_target!(|bytes: &[u8]| {
    // The first byte says how many of the next are sizes of pieces.
    let Some((count, rest)) = bytes.split_first() else { return };
    let (sizes, wire) = rest.split_at(rest.len().min(usize::from(count % 8)));
    let [whole, pieces] = [read(wire, &[]), read(wire, sizes)];
    assert_eq!(told(&whole), told(&pieces));
    assert_eq!(whole.is_idle, pieces.is_idle);
});

struct Read {
    replies: Vec<Value>,
    malformed: Option<Malformed>,
    is_idle: bool,
}

/// Without sizes, in pieces as large as there is room for.
fn read(mut wire: &[u8], sizes: &[u8]) -> Read {
    let limits = Limits::default().with_bulk_bytes(1 << 20).with_elements(1 << 12).with_depth(8);
    let mut decoder = Decoder::new(limits);
    let mut read = Read { replies: Vec::new(), malformed: None, is_idle: true };
    let mut sizes = sizes.iter().cycle();
    while !wire.is_empty() && read.malformed.is_none() {
        let room = decoder.room();
        assert!((1..=MOST_ROOM_BYTES).contains(&room.len()), "room: {}", room.len());
        let size = sizes.next().map_or(usize::MAX, |size| usize::from(*size).max(1));
        let count = size.min(room.len()).min(wire.len());
        room[..count].copy_from_slice(&wire[..count]);
        decoder.filled(count);
        wire = &wire[count..];
        take(&mut decoder, &mut read);
    }
    read.is_idle = decoder.is_idle();
    read
}

fn take(decoder: &mut Decoder, read: &mut Read) {
    loop {
        match decoder.next() {
            Ok(Some(reply)) => read.replies.push(reply),
            Ok(None) => return,
            Err(malformed) => {
                assert_eq!(decoder.next(), Err(malformed.clone()), "an error was forgotten");
                read.malformed = Some(malformed);
                return;
            }
        }
    }
}

/// As text: NaN is not equal to itself.
fn told(read: &Read) -> String {
    format!("{:?} {:?}", read.replies, read.malformed)
}

/// A bulk of the largest size may be read into its own place; everything else in small steps.
const MOST_ROOM_BYTES: usize = 1 << 20;
