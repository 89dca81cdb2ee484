//! What one line says: a whole value, or what follows.

use bytes::BytesMut;

use super::input::Line;
use super::number;
use crate::{Limits, Malformed, Value};

/// What one line says.
pub(super) enum Head {
    /// An aggregate of so many values follows; of pairs, keys and values both count.
    Aggregate(Kind, usize),
    /// A string of so many bytes follows.
    Text(Text, usize),
    /// All of it.
    Value(Value),
}

/// What an aggregate becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Array,
    Attribute,
    Map,
    Push,
    Set,
}

/// What a string with an announced length becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text {
    Bulk,
    Error,
    Verbatim,
}

/// That a value begins with this byte: told before its line has arrived, which may never end.
#[inline]
pub(super) fn check_marker(marker: u8, at: u64) -> Result<(), Malformed> {
    match marker {
        b'!' | b'#' | b'$' | b'%' | b'(' | b'*' | b'+' | b',' | b'-' | b':' | b'=' | b'>'
        | b'_' | b'|' | b'~' => Ok(()),
        b'.' | b';' => Err(Malformed::new(at, "a type byte", number::STREAMED)),
        _ => Err(Malformed::byte(at, "a type byte", Some(marker))),
    }
}

/// Reads a line whose first byte was checked.
pub(super) fn read(line: &Line<'_>, limits: &Limits) -> Result<Head, Malformed> {
    let elements = limits.elements;
    Ok(match line.marker {
        b'$' if line.text == NULL => Head::Value(Value::Nil),
        b'$' => Head::Text(Text::Bulk, number::length(line, limits.bulk_bytes)?),
        b':' => Head::Value(Value::Integer(number::integer(line)?)),
        b'*' if line.text == NULL => Head::Value(Value::Nil),
        b'*' => Head::Aggregate(Kind::Array, number::length(line, elements)?),
        b'+' => Head::Value(Value::Simple(lossy(line.text))),
        b'-' => Head::Value(Value::Error(lossy(line.text))),
        b'_' => Head::Value(nothing(line)?),
        b'#' => Head::Value(Value::Boolean(boolean(line)?)),
        b',' => Head::Value(Value::Double(number::double(line)?)),
        b'(' => Head::Value(Value::BigNumber(number::big_number(line)?)),
        b'!' => Head::Text(Text::Error, number::length(line, limits.bulk_bytes)?),
        b'=' => Head::Text(Text::Verbatim, number::length(line, limits.bulk_bytes)?),
        b'%' => Head::Aggregate(Kind::Map, 2 * number::length(line, elements / 2)?),
        b'|' => Head::Aggregate(Kind::Attribute, 2 * number::length(line, elements / 2)?),
        b'~' => Head::Aggregate(Kind::Set, number::length(line, elements)?),
        b'>' => Head::Aggregate(Kind::Push, number::length(line, elements)?),
        other => return Err(Malformed::byte(line.at, "a type byte", Some(other))),
    })
}

impl Text {
    /// The value of a string whose first byte is at `at`.
    pub(super) fn value(self, bytes: BytesMut, at: u64) -> Result<Value, Malformed> {
        Ok(match self {
            Self::Bulk => Value::Bulk(bytes),
            Self::Error => Value::Error(lossy(&bytes)),
            Self::Verbatim => match *bytes {
                [a, b, c, b':', ref text @ ..] => {
                    Value::Verbatim { format: [a, b, c], text: text.to_vec() }
                }
                [_, _, _, other, ..] => {
                    return Err(Malformed::byte(at + 3, "a colon after a format", Some(other)));
                }
                _ => {
                    let found = format!("bytes: {}", bytes.len());
                    return Err(Malformed::new(at, "a format of 3 bytes and a colon", &found));
                }
            },
        })
    }
}

fn nothing(line: &Line<'_>) -> Result<Value, Malformed> {
    match line.text.first() {
        None => Ok(Value::Nil),
        other => Err(Malformed::byte(line.at + 1, "the end of a null", other.copied())),
    }
}

fn boolean(line: &Line<'_>) -> Result<bool, Malformed> {
    match line.text {
        b"t" => Ok(true),
        b"f" => Ok(false),
        [b't' | b'f', other, ..] => {
            Err(Malformed::byte(line.at + 2, "the end of a boolean", Some(*other)))
        }
        other => Err(Malformed::byte(line.at + 1, "t or f", other.first().copied())),
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The length that stands for nothing, of bulk strings and arrays only.
const NULL: &[u8] = b"-1";
