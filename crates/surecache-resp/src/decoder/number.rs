//! Numbers as lines of text.

use super::input::Line;
use crate::Malformed;

/// A length or a count of at most `most`.
#[inline]
pub(super) fn length(line: &Line<'_>, most: usize) -> Result<usize, Malformed> {
    if line.text.is_empty() || line.text == b"?" {
        return Err(no_length(line));
    }
    let mut length = 0_usize;
    for (at, &byte) in (line.at + 1..).zip(line.text) {
        let Some(digit) = digit(byte) else {
            return Err(Malformed::byte(at, "a digit", Some(byte)));
        };
        // What does not fit is above any limit that a length can be below.
        length = length.saturating_mul(10).saturating_add(digit.into());
    }
    if length > most || length == usize::MAX {
        return Err(too_long(line, length, most));
    }
    Ok(length)
}

/// An integer of 64 bits with an optional sign.
#[inline]
pub(super) fn integer(line: &Line<'_>) -> Result<i64, Malformed> {
    let (negative, digits, first) = signed(line);
    if digits.is_empty() {
        return Err(Malformed::byte(first, "a digit", None));
    }
    let mut number = Some(0_i64);
    for (at, &byte) in (first..).zip(digits) {
        let Some(digit) = digit(byte) else {
            return Err(Malformed::byte(at, "a digit", Some(byte)));
        };
        // Below zero there is one number more than above.
        number = number.and_then(|number| number.checked_mul(10)?.checked_sub(digit.into()));
    }
    let number = if negative { number } else { number.and_then(i64::checked_neg) };
    number.ok_or_else(|| Malformed::new(line.at + 1, "an integer of 64 bits", "more"))
}

/// An integer of any size: an optional sign and digits.
pub(super) fn big_number(line: &Line<'_>) -> Result<String, Malformed> {
    let (_, digits, first) = signed(line);
    match digits.iter().position(|byte| !byte.is_ascii_digit()) {
        None if digits.is_empty() => Err(Malformed::byte(first, "a digit", None)),
        None => Ok(line.text.iter().copied().map(char::from).collect()),
        Some(wrong) => {
            Err(Malformed::byte(first + wrong as u64, "a digit", digits.get(wrong).copied()))
        }
    }
}

/// A decimal number, an infinity, or no number. Older servers send `-nan` too.
pub(super) fn double(line: &Line<'_>) -> Result<f64, Malformed> {
    match line.text {
        b"inf" | b"+inf" => return Ok(f64::INFINITY),
        b"-inf" => return Ok(f64::NEG_INFINITY),
        b"nan" | b"-nan" => return Ok(f64::NAN),
        _ => {}
    }
    let allowed = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'E' | b'e');
    if let Some(wrong) = line.text.iter().position(|byte| !allowed(byte)) {
        let at = line.at + 1 + wrong as u64;
        return Err(Malformed::byte(at, "a double", line.text.get(wrong).copied()));
    }
    let number = std::str::from_utf8(line.text).ok().and_then(|text| text.parse::<f64>().ok());
    match number {
        Some(number) if number.is_finite() => Ok(number),
        Some(_) => Err(Malformed::new(line.at + 1, "a double of 64 bits", "more")),
        None => {
            let found = format!("none in bytes: {}", line.text.len());
            Err(Malformed::new(line.at + 1, "a double", &found))
        }
    }
}

/// Whether it is below zero, what follows the sign, and where that is.
fn signed<'a>(line: &Line<'a>) -> (bool, &'a [u8], u64) {
    match line.text {
        [b'-', digits @ ..] => (true, digits, line.at + 2),
        [b'+', digits @ ..] => (false, digits, line.at + 2),
        digits => (false, digits, line.at + 1),
    }
}

fn digit(byte: u8) -> Option<u8> {
    let digit = byte.wrapping_sub(b'0');
    (digit < 10).then_some(digit)
}

#[cold]
fn no_length(line: &Line<'_>) -> Malformed {
    match line.text {
        [] => Malformed::byte(line.at + 1, "a digit", None),
        _ => Malformed::new(line.at + 1, "a length", STREAMED),
    }
}

#[cold]
fn too_long(line: &Line<'_>, length: usize, most: usize) -> Malformed {
    let found = if length == usize::MAX { "more".to_owned() } else { length.to_string() };
    let wanted = format!("a length of at most {most}");
    Malformed::new(line.at + 1, &wanted, &format!("length: {found}"))
}

/// What is found where a value would come in parts of its own.
pub(super) const STREAMED: &str = "a streamed value, which is not read here";
