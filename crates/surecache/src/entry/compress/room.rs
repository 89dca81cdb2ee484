//! The room that a frame is inflated into, and the loop that fills it.

use super::NotInflated;

/// What a decoder did: how many bytes it took, and whether the frame ended there.
pub(super) struct Took {
    pub(super) bytes: usize,
    pub(super) is_end: bool,
}

/// Fills room for `most_bytes` with what a decoder makes of a frame. `decode` writes into the
/// spare capacity of the vector, `None` is a damaged frame; `expected` is a guess.
pub(super) fn inflated(
    frame: &[u8],
    most_bytes: usize,
    expected: usize,
    mut decode: impl FnMut(&[u8], &mut Vec<u8>) -> Option<Took>,
) -> Result<Vec<u8>, NotInflated> {
    let mut room = Vec::with_capacity(expected.min(most_bytes).min(BELIEVED_BYTES));
    let mut rest = frame;
    loop {
        widen(&mut room, most_bytes);
        let before = room.len();
        let took = decode(rest, &mut room).ok_or(NotInflated::Damaged)?;
        rest = &rest[took.bytes..];
        if room.len() > most_bytes {
            return Err(NotInflated::TooLarge);
        }
        match (took.is_end, rest.is_empty()) {
            (true, true) => return Ok(room),
            (true, false) => return Err(NotInflated::Damaged),
            // Cut off: there is room, and nothing comes.
            (false, _) if took.bytes == 0 && room.len() == before => {
                return Err(NotInflated::Damaged);
            }
            (false, _) => {}
        }
    }
}

/// Makes room for more where there is none: twice as much, and one byte above the bound at most,
/// which shows that there is too much.
fn widen(room: &mut Vec<u8>, most_bytes: usize) {
    if room.len() == room.capacity() {
        let wanted = room.capacity().saturating_mul(2).max(LEAST_BYTES);
        room.reserve_exact(wanted.min(most_bytes.saturating_add(1)) - room.len());
    }
}

/// What a frame says of its size is believed up to here, for one allocation.
const BELIEVED_BYTES: usize = 1 << 20;

/// The first room, where nothing is known.
const LEAST_BYTES: usize = 1024;
