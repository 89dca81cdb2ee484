//! Commands in the one form that every server takes: an array of bulk strings.

/// Appends one command: its name and its arguments.
///
/// At least one argument must be given: a server answers an empty command with nothing, and every
/// later reply of the connection would be taken for another's.
///
/// # Examples
///
/// ```
/// let mut out = Vec::new();
/// surecache_resp::write_command(&mut out, &[b"GET", b"user:42"]);
/// assert_eq!(out, b"*2\r\n$3\r\nGET\r\n$7\r\nuser:42\r\n");
/// ```
pub fn write_command(out: &mut Vec<u8>, arguments: &[&[u8]]) {
    let text: usize = arguments.iter().map(|argument| argument.len()).sum();
    out.reserve(text + (arguments.len() + 1) * FRAMING);
    begin_command(out, arguments.len());
    for argument in arguments {
        write_argument(out, argument);
    }
}

/// Begins a command of `count` arguments, its name counted too.
///
/// As many calls of [`write_argument`] must follow; with fewer, the server waits for the rest and
/// takes the next command for it. `count` is 1 at least, as for [`write_command`].
///
/// # Examples
///
/// ```
/// use surecache_resp::{begin_command, write_argument};
///
/// let keys = ["a", "b"];
/// let mut out = Vec::new();
/// begin_command(&mut out, 1 + keys.len());
/// write_argument(&mut out, b"MGET");
/// for key in keys {
///     write_argument(&mut out, key.as_bytes());
/// }
/// assert_eq!(out, b"*3\r\n$4\r\nMGET\r\n$1\r\na\r\n$1\r\nb\r\n");
/// ```
pub fn begin_command(out: &mut Vec<u8>, count: usize) {
    write_head(out, b'*', count);
}

/// Appends one argument of a command that was begun with [`begin_command`].
pub fn write_argument(out: &mut Vec<u8>, argument: &[u8]) {
    write_joined(out, &[argument]);
}

/// As [`write_argument`], of an argument that is these parts joined.
pub fn write_joined(out: &mut Vec<u8>, parts: &[&[u8]]) {
    let length = parts.iter().map(|part| part.len()).sum();
    out.reserve(length + FRAMING);
    write_head(out, b'$', length);
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out.extend_from_slice(b"\r\n");
}

#[inline]
fn write_head(out: &mut Vec<u8>, marker: u8, number: usize) {
    match number {
        0..10 => out.extend_from_slice(&[marker, digit(number), b'\r', b'\n']),
        10..100 => {
            out.extend_from_slice(&[marker, digit(number / 10), digit(number), b'\r', b'\n']);
        }
        _ => write_long_head(out, marker, number),
    }
}

fn write_long_head(out: &mut Vec<u8>, marker: u8, number: usize) {
    let mut digits = [0; DIGITS];
    let mut first = DIGITS;
    let mut rest = number;
    loop {
        first -= 1;
        digits[first] = digit(rest % 10);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.push(marker);
    out.extend_from_slice(&digits[first..]);
    out.extend_from_slice(b"\r\n");
}

fn digit(value: usize) -> u8 {
    b"0123456789"[value % 10]
}

/// Digits of the largest `usize`.
const DIGITS: usize = 20;

/// Bytes around an argument: marker, digits, two line ends.
const FRAMING: usize = 1 + DIGITS + 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_decimal_digits() {
        for number in [0, 1, 9, 10, 99, 100, 1_234_567_890, usize::MAX] {
            let mut out = Vec::new();
            begin_command(&mut out, number);
            assert_eq!(out, format!("*{number}\r\n").into_bytes());
        }
    }

    #[test]
    fn parts_are_one_argument() {
        let (mut joined, mut whole) = (Vec::new(), Vec::new());
        write_joined(&mut joined, &[b"user:", b"", b"42"]);
        write_argument(&mut whole, b"user:42");
        assert_eq!(joined, whole);
    }

    #[test]
    fn arguments_are_written_as_they_are() {
        let mut out = b"before".to_vec();
        write_command(&mut out, &[b"SET", b"", b"\r\n\0\xff"]);
        assert_eq!(out, b"before*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\n\r\n\0\xff\r\n");
    }
}
