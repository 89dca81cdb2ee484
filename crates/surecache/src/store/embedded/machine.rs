//! What the processes of one store must have in common.

use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::base::Error;

/// The running system, and the space in which process ids mean something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Machine {
    /// Differs after every start of the system.
    pub(super) boot: [u8; 16],
    /// Differs between containers, which number their processes each for itself.
    pub(super) pid_space: u64,
}

impl Machine {
    pub(super) fn here() -> Result<Self, Error> {
        let text = fs::read_to_string(BOOT_ID).map_err(|error| unreadable(BOOT_ID, error))?;
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        let Some(boot) = parse_hex(&digits) else {
            let message = format!("wanted 32 hexadecimal digits in {BOOT_ID}");
            return Err(Error::unavailable(format!("{message}, found: {}", text.trim())));
        };
        let space = fs::metadata(PID_SPACE).map_err(|error| unreadable(PID_SPACE, error))?;
        Ok(Self { boot, pid_space: space.ino() })
    }
}

fn unreadable(path: &str, error: std::io::Error) -> Error {
    Error::unavailable(format!("wanted to read {path}"))
        .with_source(error)
        .with_hint("the embedded store needs /proc; without it use another store")
}

fn parse_hex(digits: &[u8]) -> Option<[u8; 16]> {
    let pairs: &[[u8; 2]; 16] = digits.as_chunks::<2>().0.try_into().ok()?;
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    (digits.len() == 32).then_some(bytes)
}

const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
const PID_SPACE: &str = "/proc/self/ns/pid";
