//! One typed value in a key or a tag.

/// A typed value of a key field or of a column.
///
/// Integers are equal by value, whatever type they had; values of different variants are never
/// equal (`1`, `"1"` and `true` are three parts).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Part {
    /// `true` or `false`.
    Bool(bool),
    /// Bytes. Of no use in a row's tag: no trigger writes one.
    Bytes(Vec<u8>),
    /// Days since 1970-01-01.
    Date(i32),
    /// An integer of at most 128 bits.
    Int(i128),
    /// No value: SQL's NULL, Python's None.
    Null,
    /// Text, compared by its UTF-8 bytes.
    Text(String),
    /// A UUID in its 16 bytes.
    Uuid([u8; 16]),
}

impl Part {
    /// Appends the canonical bytes: a type tag, for open-ended types a length, the value.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.push(0x00),
            Self::Bool(false) => out.push(0x01),
            Self::Bool(true) => out.push(0x02),
            Self::Int(value) => write_int(*value, out),
            Self::Text(text) => write_sized(0x20, text.as_bytes(), out),
            Self::Bytes(bytes) => write_sized(0x21, bytes, out),
            Self::Uuid(uuid) => {
                out.push(0x30);
                out.extend_from_slice(uuid);
            }
            Self::Date(days) => {
                out.push(0x31);
                out.extend_from_slice(&days.to_be_bytes());
            }
        }
    }
}

/// Appends a length (u32, big-endian) and the bytes. An entry whose key is longer than that is
/// refused when it is sealed.
pub(super) fn write_sized(kind: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(kind);
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Two's complement, big-endian, in the fewest bytes: `0x10`, the count, the bytes.
fn write_int(value: i128, out: &mut Vec<u8>) {
    let repeated = if value < 0 { value.leading_ones() } else { value.leading_zeros() };
    // Of the bits that repeat the sign, one stays.
    let count = 16 - (repeated.saturating_sub(1) / 8) as usize;
    let bytes = value.to_be_bytes();
    let [.., last] = bytes;
    match count {
        1 => out.extend_from_slice(&[0x10, 1, last]),
        _ => {
            out.extend_from_slice(&[0x10, u8::try_from(count).unwrap_or(16)]);
            out.extend_from_slice(&bytes[16 - count..]);
        }
    }
}

macro_rules! from_integer {
    ($($type:ty),*) => {$(
        impl From<$type> for Part {
            fn from(value: $type) -> Self {
                Self::Int(i128::from(value))
            }
        }
    )*};
}

from_integer!(i8, i16, i32, i64, i128, u8, u16, u32, u64);

impl From<bool> for Part {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Part {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Part {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&String> for Part {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<[u8; 16]> for Part {
    fn from(value: [u8; 16]) -> Self {
        Self::Uuid(value)
    }
}

impl<T: Into<Part>> From<Option<T>> for Part {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
