//! The state of a connection: the socket, the talk on it, who waits for what. No Python here but
//! the jobs that wait.

use std::collections::{HashMap, VecDeque};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::time::Duration;

use surecache::stores::{Line, Patience, Reply, Request, Standing};
use surecache::{Clock as _, Error, SystemClock};

use super::job::Waited;

/// A connection and those who wait on it.
#[derive(Debug)]
pub(super) struct Inner {
    line: Box<dyn Line>,
    /// Reading and writing a stream is the same on a socket of any family.
    socket: Option<TcpStream>,
    unsent: VecDeque<u8>,
    jobs: HashMap<u64, Asked>,
    /// Who asked when, the oldest first; of some the reply has come, and some asked again.
    asked: VecDeque<(u64, Duration)>,
    /// Those whose commands were not written yet: a loop that stands still is no slow server.
    fresh: Vec<u64>,
    patience: Patience,
    last_id: u64,
    is_flush_due: bool,
    is_timed: bool,
    watches_writes: bool,
}

/// A job, and when what it waits for was last asked.
#[derive(Debug)]
struct Asked {
    job: Waited,
    since: Option<Duration>,
}

/// Why a connection ends.
#[derive(Debug)]
pub(super) enum Lost {
    /// It was closed here: nothing is wrong with the server.
    Closed,
    /// The line found out.
    Broken(Error),
    Io(io::Error),
}

/// What came of a write.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) socket: i32,
    /// Whether the loop is to tell when more can be written, where that changes.
    pub(super) watch_writes: Option<bool>,
    /// When to look for overdue replies, where nobody does yet.
    pub(super) first_look: Option<Duration>,
}

impl Inner {
    pub(super) fn new(line: Box<dyn Line>, socket: OwnedFd) -> Self {
        Self {
            line,
            socket: Some(TcpStream::from(socket)),
            unsent: VecDeque::new(),
            jobs: HashMap::new(),
            asked: VecDeque::new(),
            fresh: Vec::new(),
            patience: Patience::default(),
            last_id: 0,
            is_flush_due: false,
            is_timed: false,
            watches_writes: false,
        }
    }

    pub(super) fn socket(&self) -> Option<&TcpStream> {
        self.socket.as_ref()
    }

    pub(super) fn standing(&self) -> Standing {
        self.line.standing()
    }

    /// Takes a request; the number under which its reply comes.
    pub(super) fn ask(
        &mut self,
        request: &Request<'_>,
        heard: &mut Vec<(u64, Result<Reply, Error>)>,
    ) -> Result<u64, Error> {
        if self.socket.is_none() {
            return Err(Error::unavailable("the connection to the server was lost"));
        }
        self.last_id += 1;
        let id = self.last_id;
        self.line.ask(id, request, heard)?;
        Ok(id)
    }

    /// Has a job wait for its reply.
    pub(super) fn wait(&mut self, id: u64, job: Waited) {
        self.jobs.insert(id, Asked { job, since: None });
        self.fresh.push(id);
    }

    /// True once for each turn in which something was asked.
    pub(super) fn is_to_be_flushed(&mut self) -> bool {
        !std::mem::replace(&mut self.is_flush_due, true)
    }

    /// Takes the job whose reply has come.
    pub(super) fn take(&mut self, id: u64) -> Option<Waited> {
        self.jobs.remove(&id).map(|asked| asked.job)
    }

    /// Writes as much as the socket takes.
    pub(super) fn send(&mut self) -> Result<Sent, Lost> {
        self.is_flush_due = false;
        let outgoing = self.line.take_outgoing();
        let Some(socket) = &mut self.socket else {
            return Ok(Sent { socket: -1, watch_writes: None, first_look: None });
        };
        self.unsent.extend(outgoing);
        let (number, now) = (socket.as_raw_fd(), SystemClock.uptime());
        for id in self.fresh.drain(..) {
            if let Some(asked) = self.jobs.get_mut(&id) {
                asked.since = Some(now);
                self.asked.push_back((id, now));
            }
        }
        while !self.unsent.is_empty() {
            match socket.write(self.unsent.as_slices().0) {
                Ok(written) => {
                    // What the system only keeps for a server that stands still is no progress.
                    if self.watches_writes {
                        self.patience.passed(written, now);
                    }
                    // What is left is not moved.
                    self.unsent.drain(..written);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(Lost::Io(error)),
            }
        }
        let waits = !self.unsent.is_empty();
        let watch_writes = (waits != self.watches_writes).then_some(waits);
        self.watches_writes = waits;
        let is_first = !self.is_timed && !self.jobs.is_empty();
        let first_look = is_first.then(|| self.line.look_each());
        self.is_timed |= first_look.is_some();
        Ok(Sent { socket: number, watch_writes, first_look })
    }

    /// Reads what is there.
    pub(super) fn receive(
        &mut self,
        heard: &mut Vec<(u64, Result<Reply, Error>)>,
    ) -> Result<(), Lost> {
        loop {
            let Some(socket) = &mut self.socket else { return Ok(()) };
            let room = self.line.room();
            let size = room.len();
            match socket.read(room) {
                Ok(0) => return Err(Lost::Io(ErrorKind::UnexpectedEof.into())),
                Ok(count) => {
                    self.patience.passed(count, SystemClock.uptime());
                    self.line.filled(count, heard).map_err(Lost::Broken)?;
                    self.note_continued();
                    // A reader that got less than it asked for has taken everything.
                    if count < size {
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(Lost::Io(error)),
            }
        }
    }

    /// A talk that goes on has a time-out for each of its words, as a thread's has.
    fn note_continued(&mut self) {
        for id in self.line.take_continued() {
            if let Some(asked) = self.jobs.get_mut(&id) {
                asked.since = None;
                self.fresh.push(id);
            }
        }
    }

    /// When to look again, where somebody still waits.
    pub(super) fn overdue(&mut self) -> Result<Option<Duration>, Lost> {
        while let Some((id, since)) = self.asked.front()
            && self.jobs.get(id).is_none_or(|asked| asked.since != Some(*since))
        {
            self.asked.pop_front();
        }
        let Some((_, since)) = self.asked.front() else {
            self.is_timed = false;
            return Ok(None);
        };
        match self.patience.left(*since, self.line.timeout(), SystemClock.uptime()) {
            None => Err(Lost::Io(ErrorKind::TimedOut.into())),
            Some(left) => Ok(Some(self.line.look_each().min(left))),
        }
    }

    /// Ends the connection: its socket, the error to tell, and those who wait.
    pub(super) fn lose(&mut self, lost: Lost) -> (Option<TcpStream>, String, Vec<Waited>) {
        let socket = self.socket.take();
        let error = match lost {
            Lost::Broken(error) => error,
            Lost::Closed => Error::unavailable("the connection to the server was closed"),
            Lost::Io(error) if socket.is_some() => self.line.lost(error),
            Lost::Io(error) => Error::unavailable(error.to_string()),
        };
        self.unsent.clear();
        self.asked.clear();
        self.fresh.clear();
        self.is_timed = false;
        (socket, error.to_string(), self.jobs.drain().map(|(_, asked)| asked.job).collect())
    }
}
