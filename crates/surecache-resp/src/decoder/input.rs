//! What has arrived and was not understood yet.
//!
//! Two places: a buffer for lines and short strings, which is used again and again, and for one
//! long string the very bytes that will be returned. While that string is not whole the buffer is
//! empty, and what arrives goes into the string.

use super::head;
use super::long::Long;
use crate::Malformed;

#[derive(Default)]
pub(super) struct Input {
    /// What arrived and was not taken is `start..end`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// As many bytes after `start` hold no end of a line.
    scanned: usize,
    /// The place of `start` in all that was received; of the long string's first byte, if any.
    position: u64,
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
    pub(super) fn text(&mut self, length: usize) -> Result<Option<Vec<u8>>, Malformed> {
        let whole = length.saturating_add(2);
        if let Some(long) = &mut self.long {
            let Some(mut bytes) = long.take() else { return Ok(None) };
            self.long = None;
            check_end(&bytes[length..], self.position + length as u64)?;
            bytes.truncate(length);
            self.position += whole as u64;
            return Ok(Some(bytes));
        }
        let held = &self.buffer[self.start..self.end];
        if let Some(held) = held.get(..whole) {
            let (text, end) = held.split_at(length);
            check_end(end, self.position + length as u64)?;
            let bytes = text.to_vec();
            self.take(whole);
            return Ok(Some(bytes));
        }
        if whole - held.len() > DIRECT || whole > BUFFER {
            self.long = Some(Long::begin(held, whole));
            self.start = 0;
            self.end = 0;
        }
        Ok(None)
    }

    fn take(&mut self, count: usize) {
        self.start += count;
        self.position += count as u64;
        self.scanned = 0;
    }

    /// Moves bytes only where as many were taken before them, else takes a larger buffer: over a
    /// connection's life each byte is moved a bounded number of times.
    fn make_room(&mut self) {
        let held = self.end - self.start;
        if held == 0 {
            self.start = 0;
            self.end = 0;
            if self.buffer.len() > LARGEST {
                self.buffer = Vec::new();
            }
        }
        let grows = self.full && self.buffer.len() < LARGEST;
        self.full = false;
        if !grows && self.buffer.len() - self.end >= LEAST_ROOM {
            return;
        }
        if grows || self.start <= held {
            let mut larger = vec![0; BUFFER.max(self.buffer.len() * 2)];
            larger[..held].copy_from_slice(&self.buffer[self.start..self.end]);
            self.buffer = larger;
        } else {
            self.buffer.copy_within(self.start..self.end, 0);
        }
        self.start = 0;
        self.end = held;
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

/// Bytes of the buffer at first. A string that needs more is never put together in it.
const BUFFER: usize = 16 << 10;

/// Bytes up to which the buffer grows when reads fill it, and above which it is given back.
const LARGEST: usize = 64 << 10;

/// A string of which more bytes than this are missing is read in place. With fewer, a read that
/// may bring the next replies too is worth more than the copy it costs.
const DIRECT: usize = 4 << 10;

/// Fewer bytes are not worth a read.
const LEAST_ROOM: usize = 4 << 10;
