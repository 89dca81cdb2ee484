//! What one request says to a server and how the replies are read. No I/O: a driver sends
//! [`Talk::commands`], brings as many replies as they have, and goes on until [`Said::Done`].
//!
//! Each request is one pipeline, with a few exceptions: a script that the server does not know yet
//! is sent and called again, clearing goes through the keys in steps, and a put that ended a lease
//! tells who waits for it. Nothing else is ever sent twice here. A generation that is asked for
//! again gets fresh bytes: with the bytes of the first attempt an invalidation in between would be
//! undone.

mod hearing;
mod native;
mod opening;
mod scanning;

use std::time::Duration;

use surecache_resp::Value;

use self::native::Asked;
use super::collect::Form;
use super::commands::Commands;
use super::names::Names;
use super::peer::Peer;
use super::replies::{error_of, next};
use super::scripts::Script;
use crate::base::mutant::{self, Mutant};
use crate::base::{Error, Moment};
use crate::entry::Kind;
use crate::store::{Put, Reply, Request};
use scanning::Scan;

/// A request on its way.
#[derive(Debug)]
pub(super) struct Talk {
    commands: Commands,
    topic: Topic,
    /// Called by the commands; sent along once the server says that it does not know it.
    script: Option<&'static Script>,
    is_script_sent: bool,
    asks_who: bool,
    uptime: Duration,
    met_outage: bool,
    met_doubt: bool,
}

/// What the replies are about.
#[derive(Debug)]
enum Topic {
    Acquire,
    /// True where the first reply is of a deletion.
    Clear(bool),
    Collect {
        form: Form,
        wanted: Kind,
        keys: Vec<Vec<u8>>,
        /// How many replies come before the command's.
        renames: usize,
    },
    Delete,
    Establish {
        keys: Vec<Vec<u8>>,
        life: Duration,
    },
    Eviction,
    Expire,
    Expiry,
    /// What keys hold of which one is of another kind than was wanted: plain values where `None`.
    Held {
        wanted: Option<Kind>,
    },
    Fetch {
        /// How long the key is, which is the last argument of the command.
        key_bytes: usize,
        tags: usize,
    },
    FetchMany {
        entries: usize,
        tags: usize,
    },
    Holders,
    Invalidate,
    Lock,
    Native(Asked),
    /// Nothing but whether it was done.
    Nothing(&'static str),
    Prolong,
    Put {
        otherwise: Put,
    },
    /// Puts whatever is there; the channels on which the end of their leases is told.
    PutAlways {
        channels: Vec<Vec<u8>>,
    },
    Renew,
    /// The end of a lease, after a put.
    Told,
    /// The names of the writers, then their records.
    Records,
    Scan(Scan),
    Unlock,
    Writers,
}

/// What came of a round of replies.
#[derive(Debug)]
pub(super) enum Said {
    Done(Result<Reply, Error>),
    /// To send [`Talk::commands`] again: they are others now.
    More,
}

impl Talk {
    /// The first word.
    ///
    /// # Errors
    /// `Unavailable` where the kernel has no random bytes.
    pub(super) fn begin(
        request: &Request<'_>,
        names: &Names,
        peer: &Peer,
        now: Moment,
    ) -> Result<Self, Error> {
        let mut talk = Self::new(now);
        talk.topic = talk.open(request, names, peer, now)?;
        Ok(talk)
    }

    /// The first word of puts without a condition, which are made in one step: all or none.
    pub(super) fn begin_puts(requests: &[Request<'_>], names: &Names, now: Moment) -> Self {
        let mut talk = Self::new(now);
        talk.topic = talk.open_puts(requests, names, now);
        talk
    }

    fn new(now: Moment) -> Self {
        Self {
            commands: Commands::default(),
            topic: Topic::Nothing("keep a report"),
            script: None,
            is_script_sent: false,
            asks_who: false,
            uptime: now.uptime,
            met_outage: false,
            met_doubt: false,
        }
    }

    /// What is to be sent. Where it brings no replies, [`Talk::hear`] is asked at once.
    pub(super) fn commands(&self) -> &Commands {
        &self.commands
    }

    /// True where the server said that nothing can be had from it for now.
    pub(super) fn met_outage(&self) -> bool {
        self.met_outage
    }

    /// True where the server said that it is not what it was.
    pub(super) fn met_doubt(&self) -> bool {
        self.met_doubt
    }

    /// Takes the replies, as many as the commands bring.
    pub(super) fn hear(&mut self, replies: Vec<Value>, names: &Names, peer: &mut Peer) -> Said {
        for error in replies.iter().filter_map(error_of) {
            if error.is_doubtful() {
                peer.doubt();
                self.met_doubt = true;
            }
            self.met_outage |= error.is_outage();
        }
        let mut replies = replies.into_iter();
        if std::mem::take(&mut self.asks_who) {
            let (server, replication) = (next(&mut replies), next(&mut replies));
            peer.tell(&server, &replication, self.uptime);
        }
        let mut errors = replies.as_slice().iter().filter_map(error_of);
        if let Some(script) = self.script
            && !self.is_script_sent
            && errors.any(|error| error.is_unknown_script())
        {
            return self.send_script(script);
        }
        if self.is_script_sent
            && let Some(error) = error_of(&next(&mut replies))
        {
            // SCRIPT LOAD's, which says why the script is not known.
            return Said::Done(Err(error.error("take a script")));
        }
        self.understand(replies, names, peer)
    }

    /// Sends the script and what was sent before; generations get fresh bytes.
    fn send_script(&mut self, script: &'static Script) -> Said {
        self.is_script_sent = true;
        let before = std::mem::take(&mut self.commands);
        self.commands.add(&[b"SCRIPT", b"LOAD", script.source()]);
        if let Topic::Establish { keys, life } = &self.topic
            && !mutant::is(Mutant::GenerationsResent)
        {
            let (keys, life) = (keys.clone(), *life);
            if let Err(error) = self.establish(&keys, life) {
                return Said::Done(Err(error));
            }
        } else {
            self.commands.append(&before);
        }
        Said::More
    }

    /// What the server was asked to do, for errors.
    fn what(&self) -> &'static str {
        match self.topic {
            Topic::Acquire => "give a lease",
            Topic::Clear(_) => "clear entries",
            Topic::Collect { .. } => "serve a collection",
            Topic::Delete => "delete entries",
            Topic::Establish { .. } => "make generations",
            Topic::Eviction => "say how it evicts (INFO)",
            Topic::Expire => "give a collection another expiry",
            Topic::Expiry | Topic::Held { .. } => "say what it keeps",
            Topic::Fetch { .. } | Topic::FetchMany { .. } => "read entries",
            Topic::Holders => "tell who holds a lock",
            Topic::Invalidate => "end the validity of tags",
            Topic::Lock => "give a lock",
            Topic::Native(_) => "do a command of its own",
            Topic::Nothing(what) => what,
            Topic::Prolong => "prolong a lock",
            Topic::Put { .. } | Topic::PutAlways { .. } | Topic::Told => "put an entry",
            Topic::Records | Topic::Writers => "read reports",
            Topic::Renew => "renew a lease",
            Topic::Scan(_) => "list keys",
            Topic::Unlock => "take a lock back",
        }
    }
}

#[cfg(test)]
mod tests;
