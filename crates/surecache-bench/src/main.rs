//! The floor of a GET: one socket, one thread, and nothing else between the program and the server.
//!
//! `raw-get PORT FIRST_KEY...` connects to the server on this machine. Then each line of its input
//! is a turn: numbers of keys, parted by spaces. It asks for them one after the other, and answers
//! with the nanoseconds that all of it took, on a line. What is sent is made beforehand, and what
//! comes is looked at only as far as it takes to know its end; both are part of no client's duty.
//!
//! It ends with its input. An answer that is no value ends it with an error.

use std::env;
use std::io::{self, BufRead, Error, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Instant;

fn main() -> io::Result<()> {
    let mut words = env::args().skip(1);
    let port = words
        .next()
        .and_then(|word| word.parse().ok())
        .ok_or_else(|| Error::other("wanted a port and keys, found no port"))?;
    let requests: Vec<Vec<u8>> = words.map(|key| request(&key)).collect();
    let mut line = Line::open(port)?;
    let mut answers = io::stdout().lock();
    for turn in io::stdin().lock().lines() {
        let nanoseconds = line.turn(&requests, &numbers(&turn?, requests.len())?)?;
        writeln!(answers, "{nanoseconds}")?;
        answers.flush()?;
    }
    Ok(())
}

fn request(key: &str) -> Vec<u8> {
    format!("*2\r\n$3\r\nGET\r\n${}\r\n{key}\r\n", key.len()).into_bytes()
}

/// The numbers of a turn, each of a key that is there.
fn numbers(turn: &str, keys: usize) -> io::Result<Vec<usize>> {
    turn.split_whitespace()
        .map(|word| match word.parse() {
            Ok(number) if number < keys => Ok(number),
            _ => Err(Error::other(format!("wanted a number below {keys}, found: {word}"))),
        })
        .collect()
}

/// The connection, and room for what comes.
struct Line {
    stream: TcpStream,
    room: Vec<u8>,
}

impl Line {
    fn open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, room: vec![0; ROOM_BYTES] })
    }

    /// Asks for all of them, one after the other; returns the nanoseconds.
    #[expect(clippy::disallowed_methods, reason = "a measurement is of the machine's own time")]
    fn turn(&mut self, requests: &[Vec<u8>], numbers: &[usize]) -> io::Result<u128> {
        let start = Instant::now();
        for &number in numbers {
            self.stream.write_all(&requests[number])?;
            self.answer()?;
        }
        Ok(start.elapsed().as_nanos())
    }

    /// Reads one value and drops it.
    fn answer(&mut self) -> io::Result<()> {
        let mut read = 0;
        loop {
            match self.stream.read(&mut self.room[read..])? {
                0 => return Err(Error::other("wanted an answer, found the end of the connection")),
                more => read += more,
            }
            match whole(&self.room[..read])? {
                Some(length) if length == read => return Ok(()),
                Some(length) if length > self.room.len() => self.room.resize(length, 0),
                _ => {}
            }
        }
    }
}

/// How long an answer is as a whole, where that can be told yet.
fn whole(begin: &[u8]) -> io::Result<Option<usize>> {
    let Some(end) = begin.windows(2).position(|pair| pair == b"\r\n") else {
        return Ok(None);
    };
    let head = &begin[..end];
    std::str::from_utf8(head)
        .ok()
        .and_then(|head| head.strip_prefix('$')?.parse::<usize>().ok())
        .map(|length| Some(end + 2 + length + 2))
        .ok_or_else(|| {
            Error::other(format!("wanted a value, found: {}", String::from_utf8_lossy(head)))
        })
}

/// A value of a kibibyte and its frame, many times over.
const ROOM_BYTES: usize = 65_536;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_with_its_last_line_end() {
        assert_eq!(whole(b"$").unwrap(), None);
        assert_eq!(whole(b"$3\r").unwrap(), None);
        assert_eq!(whole(b"$3\r\nab").unwrap(), Some(9));
        assert_eq!(whole(b"$3\r\nabc\r\n").unwrap(), Some(9));
        assert_eq!(whole(b"$10\r\n").unwrap(), Some(17));
    }

    #[test]
    fn what_is_no_value_is_an_error() {
        for answer in ["$-1\r\n", "-ERR no\r\n", "+OK\r\n", ":1\r\n"] {
            let told = whole(answer.as_bytes()).unwrap_err().to_string();
            assert!(told.ends_with(answer.trim_end()), "{told}");
        }
    }

    #[test]
    fn a_turn_names_keys_that_are_there() {
        assert_eq!(numbers("0 2 1", 3).unwrap(), [0, 2, 1]);
        assert!(numbers("3", 3).is_err());
        assert!(numbers("x", 3).is_err());
    }
}
