//! What a server answers.

use bytes::BytesMut;

/// One reply, or a part of one.
///
/// What RESP2 and RESP3 write in two ways is one value: the null bulk, the null array and the null
/// are [`Value::Nil`]; simple and bulk errors are [`Value::Error`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Values in their order.
    Array(Vec<Value>),
    /// An integer of any size, as its decimal digits with an optional sign.
    BigNumber(String),
    /// True or false.
    Boolean(bool),
    /// Bytes, whatever they are: those that were received, and nobody else's to change. While they
    /// are held so is the buffer that they came in, some tens of KiB.
    Bulk(BytesMut),
    /// A floating-point number. NaN is not equal to itself.
    Double(f64),
    /// The command failed. What is no UTF-8 in it is replaced, since servers echo arguments.
    Error(String),
    /// A signed integer.
    Integer(i64),
    /// Pairs in the order in which they came; a key may come twice.
    Map(Vec<(Value, Value)>),
    /// Nothing: no such key, no such element.
    Nil,
    /// What no command asked for: messages, invalidations. It stands between replies.
    Push(Vec<Value>),
    /// Values without an order that means anything; one may come twice.
    Set(Vec<Value>),
    /// A short text such as `OK`. What is no UTF-8 in it is replaced.
    Simple(String),
    /// A text for people and how it is written: `txt` or `mkd`.
    Verbatim {
        /// Three bytes that name the format.
        format: [u8; 3],
        /// The text, in no encoding that the protocol promises.
        text: Vec<u8>,
    },
}

impl Value {
    /// The values of an array, a push or a set.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Self::Array(values) | Self::Push(values) | Self::Set(values) => Some(values),
            _ => None,
        }
    }

    /// The bytes of a bulk string.
    pub fn as_bulk(&self) -> Option<&[u8]> {
        match self {
            Self::Bulk(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The bytes of a bulk, simple or verbatim string: what differs by version and command.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bulk(bytes) => Some(bytes),
            Self::Verbatim { text, .. } => Some(text),
            Self::Simple(text) => Some(text.as_bytes()),
            _ => None,
        }
    }

    /// An integer.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The text of a simple string.
    pub fn as_simple(&self) -> Option<&str> {
        match self {
            Self::Simple(text) => Some(text),
            _ => None,
        }
    }

    /// The values of an array, a push or a set; what is none comes back.
    ///
    /// # Errors
    ///
    /// The value itself.
    pub fn into_array(self) -> Result<Vec<Value>, Value> {
        match self {
            Self::Array(values) | Self::Push(values) | Self::Set(values) => Ok(values),
            other => Err(other),
        }
    }

    /// The bytes of a bulk string; what is none comes back.
    ///
    /// # Errors
    ///
    /// The value itself.
    pub fn into_bulk(self) -> Result<BytesMut, Value> {
        match self {
            Self::Bulk(bytes) => Ok(bytes),
            other => Err(other),
        }
    }

    /// The pairs of a map, or of an array with keys and values in turn, which is how RESP2 writes
    /// one; what is neither comes back.
    ///
    /// # Errors
    ///
    /// The value itself.
    pub fn into_pairs(self) -> Result<Vec<(Value, Value)>, Value> {
        match self {
            Self::Map(pairs) => Ok(pairs),
            Self::Array(values) if values.len().is_multiple_of(2) => Ok(paired(values)),
            other => Err(other),
        }
    }

    /// The whole text of an error.
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Error(text) => Some(text),
            _ => None,
        }
    }

    /// The first word of an error, which names its kind: `ERR`, `MOVED`, `NOSCRIPT`.
    pub fn error_code(&self) -> Option<&str> {
        self.error().map(|text| text.split(' ').next().unwrap_or(text))
    }

    /// Whether the command failed. Errors inside an aggregate do not count.
    pub fn is_error(&self) -> bool {
        matches!(self, Self::Error(_))
    }

    /// Whether it is the answer for "not there".
    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Nil)
    }

    /// Whether no command asked for it.
    pub fn is_push(&self) -> bool {
        matches!(self, Self::Push(_))
    }
}

/// Keys and values in turn, as pairs. The number of values is even.
pub(crate) fn paired(values: Vec<Value>) -> Vec<(Value, Value)> {
    let mut pairs = Vec::with_capacity(values.len() / 2);
    let mut values = values.into_iter();
    while let (Some(key), Some(value)) = (values.next(), values.next()) {
        pairs.push((key, value));
    }
    pairs
}
