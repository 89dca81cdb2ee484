//! The replies on one connection: gathered until there are as many as commands were sent.

use std::io::{self, ErrorKind};

use surecache_resp::{Decoder, Limits, Value};

/// What a server sends. After an error the connection is to be closed: the next reply on it could
/// be another's.
#[derive(Debug)]
pub(super) struct Inbox(Decoder);

impl Inbox {
    pub(super) fn new() -> Self {
        Self(Decoder::new(Limits::default()))
    }

    /// Where the next bytes go.
    pub(super) fn room(&mut self) -> &mut [u8] {
        self.0.room()
    }

    /// So many bytes were read there.
    ///
    /// # Errors
    /// The end of the connection, where there was none.
    pub(super) fn filled(&mut self, count: usize) -> io::Result<()> {
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.0.filled(count);
        Ok(())
    }

    /// Adds what is there to the replies; true once they are as many as wanted, and the last.
    ///
    /// # Errors
    /// A wrong byte, or a reply more than commands were sent.
    pub(super) fn gather(&mut self, replies: &mut Vec<Value>, wanted: usize) -> io::Result<bool> {
        let is_whole = self.gather_some(replies, wanted)?;
        if is_whole {
            self.check_idle()?;
        }
        Ok(is_whole)
    }

    /// As [`Inbox::gather`], where more replies may follow.
    ///
    /// # Errors
    /// A wrong byte.
    pub(super) fn gather_some(
        &mut self,
        replies: &mut Vec<Value>,
        wanted: usize,
    ) -> io::Result<bool> {
        while replies.len() < wanted {
            match self.take_one()? {
                Some(Value::Push(_)) => {}
                Some(reply) => replies.push(reply),
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// The next reply, if it is whole.
    ///
    /// # Errors
    /// A wrong byte.
    pub(super) fn take_one(&mut self) -> io::Result<Option<Value>> {
        self.0.next().map_err(|malformed| io::Error::new(ErrorKind::InvalidData, malformed))
    }

    /// That nothing is there which nobody asked for.
    ///
    /// # Errors
    /// A reply more than commands were sent.
    pub(super) fn check_idle(&self) -> io::Result<()> {
        if self.0.is_idle() {
            return Ok(());
        }
        let found = "a reply more than commands were sent";
        Err(io::Error::new(ErrorKind::InvalidData, found))
    }
}
