//! What has arrived and was not understood yet.
//!
//! Two places: a buffer for lines and short strings, and for one long string the very bytes that
//! will be returned. While that string is not whole the buffer is empty, and what arrives goes into
//! the string. A short string is returned as a part of the buffer, which is used again once all of
//! its parts are gone; until then others take its place.

use std::collections::VecDeque;

use bytes::{Buf as _, Bytes, BytesMut};

use super::head;
use super::long::Long;
use crate::{Limits, Malformed};

pub(super) struct Input {
    /// What arrived and was not taken is `start..end`; what follows is room.
    buffer: BytesMut,
    /// Full ones, of which parts may be held; the oldest first.
    past: VecDeque<BytesMut>,
    start: usize,
    end: usize,
    /// As many bytes after `start` hold no end of a line.
    scanned: usize,
    /// The place of `start` in all that was received; of the long string's first byte, if any.
    position: u64,
    /// Bytes of the next buffer.
    size: usize,
    /// The last read left no room: larger ones are worth their memory.
    full: bool,
    long: Option<Long>,
}

/// A line without its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// Its first byte.
    pub(super) marker: u8,
    /// All after the first byte.
    pub(super) text: &'a [u8],
    /// The place of its first byte in all that was received.
    pub(super) at: u64,
}

impl Default for Input {
    fn default() -> Self {
        Self {
            buffer: BytesMut::new(),
            past: VecDeque::new(),
            start: 0,
            end: 0,
            scanned: 0,
            position: 0,
            size: BUFFER,
            full: false,
            long: None,
        }
    }
}

impl Input {
    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end && self.long.is_none()
    }

    /// The place of the next byte to be taken.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn room(&mut self) -> &mut [u8] {
        let in_long = self.long.as_ref().is_some_and(|long| !long.is_whole());
        if !in_long {
            self.make_room();
        }
        match &mut self.long {
            Some(long) if in_long => long.room(),
            _ => &mut self.buffer[self.end..],
        }
    }

    pub(super) fn filled(&mut self, n: usize) {
        if let Some(long) = self.long.as_mut().filter(|long| !long.is_whole()) {
            long.filled(n);
        } else {
            assert!(n <= self.buffer.len() - self.end, "filled with more than the room: {n}");
            self.end += n;
            self.full = self.end == self.buffer.len();
        }
    }

    /// The next line, if its end has arrived; it is taken. A line longer than `limit`, its first
    /// byte not counted, is malformed.
    #[inline]
    pub(super) fn line(&mut self, limit: usize) -> Result<Option<Line<'_>>, Malformed> {
        let held = &self.buffer[self.start..self.end];
        let Some(&marker) = held.first() else { return Ok(None) };
        head::check_marker(marker, self.position)?;
        // The longest line: its first byte, the text, a carriage return.
        let longest = limit.saturating_add(2);
        let window = held.len().min(longest);
        let from = self.scanned.max(1);
        let Some(found) = held[from..window].iter().position(|byte| matches!(byte, b'\r' | b'\n'))
        else {
            if window == longest {
                let at = self.position + window as u64 - 1;
                return Err(Malformed::new(
                    at,
                    &format!("at most {limit} bytes in a line"),
                    "more",
                ));
            }
            self.scanned = window;
            return Ok(None);
        };
        let stop = from + found;
        let at = self.position;
        match (held[stop], held.get(stop + 1)) {
            (b'\r', Some(b'\n')) => {}
            (b'\r', None) => {
                self.scanned = stop;
                return Ok(None);
            }
            (b'\r', Some(&other)) => {
                return Err(Malformed::byte(at + stop as u64 + 1, "\\n after \\r", Some(other)));
            }
            (other, _) => {
                return Err(Malformed::byte(at + stop as u64, "\\r before \\n", Some(other)));
            }
        }
        let first = self.start + 1;
        let last = self.start + stop;
        self.take(stop + 2);
        Ok(Some(Line { marker, text: &self.buffer[first..last], at }))
    }

    /// The `length` bytes of a string, if they and the end of their line have arrived; all are
    /// taken.
    #[inline]
    pub(super) fn text(&mut self, length: usize) -> Result<Option<BytesMut>, Malformed> {
        let whole = length.saturating_add(2);
        if let Some(long) = &mut self.long {
            let Some(mut bytes) = long.take() else { return Ok(None) };
            self.long = None;
            check_end(&bytes[length..], self.position + length as u64)?;
            bytes.truncate(length);
            self.position += whole as u64;
            return Ok(Some(Bytes::from(bytes).into()));
        }
        let held = &self.buffer[self.start..self.end];
        if let Some(held) = held.get(..whole) {
            check_end(&held[length..], self.position + length as u64)?;
            return Ok(Some(self.split(length)));
        }
        if whole - held.len() > DIRECT || whole > BUFFER {
            self.long = Some(Long::begin(held, whole));
            self.start = 0;
            self.end = 0;
        }
        Ok(None)
    }

    /// A bulk string within the limits that has arrived whole and in its usual form: most of what
    /// servers send. Where it has not, nothing is taken, and [`Input::line`] says more.
    #[inline]
    pub(super) fn bulk(&mut self, limits: &Limits) -> Option<BytesMut> {
        let text = self.buffer[self.start..self.end].strip_prefix(b"$")?;
        let (mut length, mut digits) = (0, 0);
        while let Some(digit) = text.get(digits).filter(|byte| byte.is_ascii_digit()) {
            length = 10 * length + usize::from(digit - b'0');
            digits += 1;
            if digits == MOST_DIGITS {
                return None;
            }
        }
        let is_usual = (1..=limits.line_bytes).contains(&digits) && length <= limits.bulk_bytes;
        let rest = text[digits..].strip_prefix(b"\r\n").filter(|_| is_usual)?;
        rest.get(length..)?.strip_prefix(b"\r\n")?;
        self.take(1 + digits + 2);
        Some(self.split(length))
    }

    /// So many bytes, of which the end of a line follows; both are taken.
    fn split(&mut self, length: usize) -> BytesMut {
        self.forget_taken();
        let bytes = self.buffer.split_to(length);
        self.end -= length;
        self.position += length as u64;
        self.take(2);
        bytes
    }

    fn take(&mut self, count: usize) {
        self.start += count;
        self.position += count as u64;
        self.scanned = 0;
    }

    /// What was taken is no part of the buffer any more.
    fn forget_taken(&mut self) {
        self.buffer.advance(self.start);
        self.end -= self.start;
        self.start = 0;
    }

    /// A buffer is left when it has little room, with the few bytes of a reply that is not whole.
    fn make_room(&mut self) {
        let grows = self.full && self.size < LARGEST;
        self.full = false;
        if !grows && (self.begin_anew() || self.buffer.len() - self.end >= LEAST_ROOM) {
            return;
        }
        self.forget_taken();
        if grows {
            self.size *= 2;
        }
        let is_kept = self.buffer.len() <= LARGEST;
        self.buffer.truncate(self.end);
        // What is moved leaves as much room: over a connection's life each byte is moved a bounded
        // number of times.
        let size = self.size.max(2 * self.end);
        if !(is_kept && self.buffer.try_reclaim(size - self.end)) {
            let mut other = self.reclaimed(size).unwrap_or_else(|| BytesMut::zeroed(size));
            other.clear();
            other.extend_from_slice(&self.buffer);
            self.buffer.clear();
            let past = std::mem::replace(&mut self.buffer, other);
            // The first one had no bytes.
            if is_kept && self.position > 0 {
                self.past.push_back(past);
            }
            if self.past.len() > MOST_PAST {
                self.past.pop_front();
            }
        }
        self.lengthen(size);
    }

    /// Where nothing is held of the buffer any more, its beginning is used again, which is nearest
    /// to the processor; whether it is.
    fn begin_anew(&mut self) -> bool {
        if self.start != self.end {
            return false;
        }
        self.forget_taken();
        let left = self.buffer.len();
        self.buffer.clear();
        let is_whole = left < self.size && self.buffer.try_reclaim(self.size);
        self.lengthen(if is_whole { self.size } else { left });
        is_whole
    }

    /// Has the buffer hold so many bytes, whatever these are.
    fn lengthen(&mut self, length: usize) {
        assert!(length <= self.buffer.capacity(), "a buffer has the size that was asked for");
        // SAFETY: the bytes are there, by the assertion, and they are initialised: each buffer was
        // zeroed when it was made, and is never given other memory.
        #[expect(unsafe_code, reason = "zeroing a buffer at each use costs as much as filling it")]
        unsafe {
            self.buffer.set_len(length);
        }
    }

    /// A buffer of which no part is held any more.
    fn reclaimed(&mut self, size: usize) -> Option<BytesMut> {
        let free = self.past.iter_mut().position(|past| past.try_reclaim(size))?;
        self.past.remove(free)
    }
}

/// That a string of which the end begins at `at` ends as it must.
#[inline]
fn check_end(end: &[u8], at: u64) -> Result<(), Malformed> {
    if end == b"\r\n" {
        return Ok(());
    }
    let wrong = usize::from(end.first() == Some(&b'\r'));
    let wanted = "\\r\\n after a string";
    Err(Malformed::byte(at + wrong as u64, wanted, end.get(wrong).copied()))
}

/// Of a length that is read at once; longer ones are read as any line.
const MOST_DIGITS: usize = 10;

/// Buffers that are kept beside the one in use: a reply of a hundred short strings fills two.
const MOST_PAST: usize = 2;

/// Bytes of the buffer at first. A string that needs more is never put together in it.
const BUFFER: usize = 16 << 10;

/// Bytes up to which the buffer grows when reads fill it.
const LARGEST: usize = 128 << 10;

/// A string of which more bytes than this are missing is read in place. With fewer, a read that
/// may bring the next replies too is worth more than the copy it costs.
const DIRECT: usize = 4 << 10;

/// Fewer bytes are not worth a read.
const LEAST_ROOM: usize = 4 << 10;
