//! From bytes, in pieces of any size, to values.
//!
//! Three parts: [`input`] holds what has arrived ([`long`] a long string), [`head`] understands
//! one line, [`nest`] holds the aggregates that are open. Nothing that was understood is looked at
//! again, so that a reply costs time in proportion to its bytes however they arrive.

mod head;
mod input;
mod long;
mod nest;
mod number;

use std::fmt;

use self::head::{Head, Text};
use self::input::Input;
use self::nest::Nest;
use crate::{Limits, Malformed, Value};

/// Reads the replies of one connection.
///
/// In turn: read from the server into [`room`](Self::room), tell how much with
/// [`filled`](Self::filled), take replies with [`next`](Self::next) until there is none. How the
/// bytes are cut makes no difference. RESP2 and RESP3 are told apart by the bytes themselves.
///
/// A large string is read straight into the value that will be returned: `room` is then the rest
/// of that value, as far as memory was taken for it. Attributes are read and dropped. A push may
/// come in place of any reply, and only there. The streamed types of RESP3 are malformed here: no
/// server sends them.
///
/// When the server ends the connection, [`is_idle`](Self::is_idle) tells whether a reply was cut
/// off.
///
/// # Examples
///
/// ```
/// use std::io::Read;
///
/// use surecache_resp::{Decoder, Limits, Value};
///
/// let mut server: &[u8] = b"$5\r\nhello\r\n:42\r\n";
/// let mut decoder = Decoder::new(Limits::default());
/// let mut replies = Vec::new();
/// loop {
///     while let Some(reply) = decoder.next()? {
///         replies.push(reply);
///     }
///     match server.read(decoder.room())? {
///         0 => break,
///         read => decoder.filled(read),
///     }
/// }
/// assert!(decoder.is_idle());
/// assert_eq!(replies, [Value::Bulk(b"hello"[..].into()), Value::Integer(42)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Decoder {
    limits: Limits,
    input: Input,
    nest: Nest,
    /// A string whose head was read and whose bytes have not all arrived.
    awaited: Option<(Text, usize)>,
    broken: Option<Malformed>,
}

impl Decoder {
    /// A decoder for a new connection.
    pub fn new(limits: Limits) -> Self {
        Self { limits, input: Input::default(), nest: Nest::default(), awaited: None, broken: None }
    }

    /// Where the next bytes from the server go; never empty. After reading n bytes into it, call
    /// `filled(n)`.
    ///
    /// Take what has arrived with [`next`](Self::next) first: bytes that are not taken are kept,
    /// and the buffer grows for those that follow.
    pub fn room(&mut self) -> &mut [u8] {
        self.input.room()
    }

    /// Tells that n bytes were read into the start of [`room`](Self::room), which must be the call
    /// before: with [`next`](Self::next) between them, the room may be another.
    ///
    /// # Panics
    ///
    /// If n is more than `room` had: bytes would be taken for received that never were.
    pub fn filled(&mut self, n: usize) {
        if self.broken.is_none() {
            self.input.filled(n);
        }
    }

    /// The next whole reply, if there is one.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if the bytes break the protocol or a limit. Every later call gives the same
    /// error, whatever arrives: the connection is to be closed.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator has ended at None; here more bytes may follow"
    )]
    pub fn next(&mut self) -> Result<Option<Value>, Malformed> {
        if let Some(malformed) = &self.broken {
            return Err(malformed.clone());
        }
        self.reply().inspect_err(|malformed| {
            self.broken = Some(malformed.clone());
            self.input = Input::default();
            self.nest = Nest::default();
            self.awaited = None;
        })
    }

    /// True between replies: nothing half read is left, nor a whole reply that was not taken.
    /// False once a reply was malformed.
    pub fn is_idle(&self) -> bool {
        self.broken.is_none()
            && self.awaited.is_none()
            && self.nest.is_empty()
            && self.input.is_empty()
    }

    fn reply(&mut self) -> Result<Option<Value>, Malformed> {
        loop {
            while self.awaited.is_none()
                && let Some(bytes) = self.input.bulk(&self.limits)
            {
                if let Some(reply) = self.nest.put(Value::Bulk(bytes)) {
                    return Ok(Some(reply));
                }
            }
            let line_at = self.input.position();
            let head = match self.awaited.take() {
                Some((text, length)) => Head::Text(text, length),
                None => match self.input.line(self.limits.line_bytes)? {
                    Some(line) => head::read(&line, &self.limits)?,
                    None => return Ok(None),
                },
            };
            let at = self.input.position();
            let value = match head {
                Head::Aggregate(kind, count) => {
                    match self.nest.open(kind, count, self.limits.depth, line_at)? {
                        Some(value) => value,
                        None => continue,
                    }
                }
                Head::Text(text, length) => match self.input.text(length)? {
                    Some(bytes) => text.value(bytes, at)?,
                    None => {
                        self.awaited = Some((text, length));
                        return Ok(None);
                    }
                },
                Head::Value(value) => value,
            };
            if let Some(reply) = self.nest.put(value) {
                return Ok(Some(reply));
            }
        }
    }
}

/// What has arrived is left out: it may be anybody's.
impl fmt::Debug for Decoder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Decoder")
            .field("limits", &self.limits)
            .field("position", &self.input.position())
            .field("broken", &self.broken)
            .finish_non_exhaustive()
    }
}
