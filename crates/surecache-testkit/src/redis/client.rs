//! How a test looks into a server: one question, one answer, on a connection of its own.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use surecache_resp::{Decoder, Limits, Value, write_command};

pub(super) fn ask(socket: &Path, password: Option<&str>, arguments: &[&[u8]]) -> io::Result<Value> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    let mut decoder = Decoder::new(Limits::default());
    if let Some(password) = password {
        let reply = exchange(&mut stream, &mut decoder, &[b"AUTH", password.as_bytes()])?;
        if reply.is_error() {
            return Ok(reply);
        }
    }
    exchange(&mut stream, &mut decoder, arguments)
}

fn exchange(
    stream: &mut UnixStream,
    decoder: &mut Decoder,
    arguments: &[&[u8]],
) -> io::Result<Value> {
    let mut bytes = Vec::new();
    write_command(&mut bytes, arguments);
    stream.write_all(&bytes)?;
    loop {
        match decoder.next() {
            Ok(Some(reply)) => return Ok(reply),
            Ok(None) => {}
            Err(malformed) => return Err(io::Error::new(io::ErrorKind::InvalidData, malformed)),
        }
        match stream.read(decoder.room())? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => decoder.filled(read),
        }
    }
}

/// After which a server that was paused, or hangs, fails the test that asks it.
const LIMIT: Duration = Duration::from_secs(10);
