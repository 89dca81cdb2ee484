//! How much of what a server announces is believed.

/// What a [`Decoder`](crate::Decoder) refuses to read more of.
///
/// Limits bound what one reply can ask for; a reply that keeps to them may still be as large as
/// the bytes that have really arrived, and some ten times that where all its values are tiny.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one bulk string, its line end not counted. Default: 512 MiB.
    pub bulk_bytes: usize,
    /// Values in one array, set, push or map; of a map, keys and values both count.
    /// Default: 1,048,576.
    pub elements: usize,
    /// Aggregates that are open at once, the outermost counted too. Default: 32.
    pub depth: usize,
    /// Bytes of one line, its type byte and its end not counted. Default: 64 KiB.
    pub line_bytes: usize,
}

impl Limits {
    /// With at most this many bytes in one bulk string.
    #[must_use]
    pub fn with_bulk_bytes(self, bulk_bytes: usize) -> Self {
        Self { bulk_bytes, ..self }
    }

    /// With at most this many values in one aggregate.
    #[must_use]
    pub fn with_elements(self, elements: usize) -> Self {
        Self { elements, ..self }
    }

    /// With at most this many aggregates open at once. Values are compared, printed and dropped by
    /// recursion: thousands can use up the stack of a thread.
    #[must_use]
    pub fn with_depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// With at most this many bytes in one line.
    #[must_use]
    pub fn with_line_bytes(self, line_bytes: usize) -> Self {
        Self { line_bytes, ..self }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { bulk_bytes: BULK_BYTES, elements: ELEMENTS, depth: DEPTH, line_bytes: LINE_BYTES }
    }
}

/// 512 MiB, the default of the servers' `proto-max-bulk-len`: no string of theirs is longer.
const BULK_BYTES: usize = 512 << 20;

/// What servers took for long as the most arguments of one command, so that it answers the widest
/// MGET; as many values take some 32 MiB before their contents.
const ELEMENTS: usize = 1 << 20;

/// Replies of the servers' own nest some ten deep (COMMAND DOCS); scripts may go further. Small
/// enough for recursion on any stack.
const DEPTH: usize = 32;

/// 64 KiB, the servers' own limit on an inline line (`PROTO_INLINE_MAX_SIZE`). Numbers take some
/// twenty bytes; errors echo arguments, which servers cut short.
const LINE_BYTES: usize = 64 << 10;
