//! Gives bytes to a decoder in pieces and collects what comes of them.

use surecache_resp::{Decoder, Limits, Malformed, Value};

/// What came of some bytes.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) replies: Vec<Value>,
    pub(crate) malformed: Option<Malformed>,
    pub(crate) idle: bool,
    /// The largest room that the decoder gave.
    pub(crate) largest_room: usize,
}

/// All at once, as far as the decoder has room.
pub(crate) fn whole(bytes: &[u8], limits: Limits) -> Outcome {
    pieces(bytes, &[usize::MAX], limits)
}

/// In pieces of these sizes, in turn and again. A piece of no bytes makes the next one follow
/// before replies are taken.
pub(crate) fn pieces(bytes: &[u8], sizes: &[usize], limits: Limits) -> Outcome {
    let mut decoder = Decoder::new(limits);
    let mut outcome =
        Outcome { replies: Vec::new(), malformed: None, idle: false, largest_room: 0 };
    let mut rest = bytes;
    let mut sizes = sizes.iter().copied().cycle();
    while !rest.is_empty() {
        let mut size = sizes.next().unwrap_or(1);
        let takes = size > 0;
        if !takes {
            size = sizes.next().unwrap_or(1).max(1);
        }
        let room = decoder.room();
        assert!(!room.is_empty(), "no room");
        outcome.largest_room = outcome.largest_room.max(room.len());
        let read = size.min(room.len()).min(rest.len());
        room[..read].copy_from_slice(&rest[..read]);
        decoder.filled(read);
        rest = &rest[read..];
        if takes || rest.is_empty() {
            take(&mut decoder, &mut outcome);
        }
    }
    outcome.idle = decoder.is_idle();
    outcome
}

/// Takes replies until there is none; once malformed, that must stay.
fn take(decoder: &mut Decoder, outcome: &mut Outcome) {
    loop {
        match decoder.next() {
            Ok(Some(reply)) => {
                assert_eq!(outcome.malformed, None, "a reply came after an error");
                outcome.replies.push(reply);
            }
            Ok(None) => {
                assert_eq!(outcome.malformed, None, "an error was forgotten");
                return;
            }
            Err(malformed) => {
                let earlier = outcome.malformed.get_or_insert_with(|| malformed.clone());
                assert_eq!(*earlier, malformed, "an error became another");
                return;
            }
        }
    }
}
