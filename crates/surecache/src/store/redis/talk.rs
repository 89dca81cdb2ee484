//! What one request says to a server and how the replies are read. No I/O: a driver sends
//! [`Talk::commands`], brings as many replies as they have, and goes on until [`Said::Done`].
//!
//! Each request is one pipeline, with two exceptions: a script that the server does not know yet is
//! sent and called again, and clearing goes through the keys in steps. Nothing else is ever sent
//! twice here. A generation that is asked for again gets fresh bytes: with the bytes of the first
//! attempt an invalidation in between would be undone.

use std::time::Duration;

use surecache_resp::Value;

use super::commands::{Commands, decimal};
use super::names::Names;
use super::peer::Peer;
use super::replies::{
    Read, acquired, cleared, deleted, done, entry_of, error_of, established, fetched_many, flag,
    generations, next, put_always, put_if, records, texts, values,
};
use super::scripts::{self, Script};
use crate::base::{Error, Moment, random};
use crate::key::EntryKey;
use crate::store::{Condition, Fetched, Put, Reply, Request};

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
    /// The keys of the entries.
    Delete(Vec<Vec<u8>>),
    Establish {
        keys: Vec<Vec<u8>>,
        life: Duration,
    },
    Fetch {
        tags: usize,
    },
    FetchMany {
        entries: usize,
        tags: usize,
    },
    /// Nothing but whether it was done.
    Nothing(&'static str),
    /// The entry's key.
    PutAlways(Vec<u8>),
    PutIf {
        otherwise: Put,
    },
    Renew,
    /// The names of the writers, then their records.
    Records,
    /// Whoever waits was told; this is the reply to what went before.
    Told(Reply),
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
        let mut talk = Self {
            commands: Commands::default(),
            topic: Topic::Nothing("keep a report"),
            script: None,
            is_script_sent: false,
            asks_who: false,
            uptime: now.uptime,
            met_outage: false,
            met_doubt: false,
        };
        talk.topic = talk.open(request, names, peer, now)?;
        Ok(talk)
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

    fn open(
        &mut self,
        request: &Request<'_>,
        names: &Names,
        peer: &Peer,
        now: Moment,
    ) -> Result<Topic, Error> {
        let commands = &mut self.commands;
        Ok(match *request {
            Request::Acquire { entry, token, digest, period, replace } => {
                let entry = names.entry(entry);
                let lease = names.lease(&entry);
                let aside = replace.map_or(Vec::new(), |token| token.0.to_vec());
                let (token, digest, period) = (&token.0, &digest.0, millis(period));
                let arguments: [&[u8]; 4] = [token, digest, period.as_bytes(), &aside];
                self.call(&scripts::ACQUIRE, &[&lease, &entry], &arguments);
                Topic::Acquire
            }
            Request::Clear => {
                scan(commands, names, b"0");
                Topic::Clear(false)
            }
            Request::Delete { entries } => {
                let entries: Vec<_> = entries.iter().map(|entry| names.entry(entry)).collect();
                if !entries.is_empty() {
                    commands.add(&[b"MULTI"]);
                    commands.add_keys(b"UNLINK", entries.iter());
                    commands.add_keys(b"DEL", entries.iter().map(|entry| names.lease(entry)));
                    commands.add(&[b"EXEC"]);
                }
                Topic::Delete(entries)
            }
            Request::Establish { tags, life } => {
                let keys: Vec<_> = tags.iter().map(|tag| names.generation(tag)).collect();
                self.ask_who(peer, keys.len());
                self.establish(&keys, life)?;
                Topic::Establish { keys, life }
            }
            Request::Fetch { entry, tags } => {
                self.ask_who(peer, tags.len());
                let entry = names.entry(entry);
                if tags.is_empty() {
                    self.commands.add(&[b"GET", &entry]);
                } else {
                    let tags = tags.iter().map(|tag| names.generation(tag));
                    let keys: Vec<_> = std::iter::once(entry).chain(tags).collect();
                    self.commands.add_keys(b"MGET", keys.iter());
                }
                Topic::Fetch { tags: tags.len() }
            }
            Request::FetchMany { entries, tags } => {
                self.ask_who(peer, tags.len());
                let names_of_tags = tags.iter().map(|tag| names.generation(tag));
                let keys = entries.iter().map(|entry| names.entry(entry)).chain(names_of_tags);
                let keys: Vec<_> = keys.collect();
                for part in keys.chunks(MOST_KEYS) {
                    self.commands.add_keys(b"MGET", part.iter());
                }
                Topic::FetchMany { entries: entries.len(), tags: tags.len() }
            }
            Request::Invalidate { tags } => {
                let keys: Vec<_> = tags.iter().map(|tag| names.generation(tag)).collect();
                for part in keys.chunks(MOST_KEYS) {
                    commands.add_keys(b"DEL", part.iter());
                }
                Topic::Nothing("end the validity of tags")
            }
            Request::Put { entry, bytes, expires_unix_ms, condition } => {
                let left = left(expires_unix_ms, now.unix_ms);
                self.put(names, entry, bytes, left, condition)
            }
            Request::Release { entry, token } => {
                let entry = names.entry(entry);
                let (lease, channel) = (names.lease(&entry), names.channel(&entry));
                self.call(&scripts::RELEASE, &[&lease], &[&token.0, &channel]);
                Topic::Nothing("give back a lease")
            }
            Request::Renew { entry, token, period } => {
                let lease = names.lease(&names.entry(entry));
                self.call(&scripts::RENEW, &[&lease], &[&token.0, millis(period).as_bytes()]);
                Topic::Renew
            }
            Request::Report { writer, record } => {
                let (report, life) = (names.report(&writer), millis(REPORT_LIFE));
                let (writers, until) = (names.writers(), decimal(now.unix_ms));
                let gone = decimal(now.unix_ms.saturating_sub(millis_of(REPORT_LIFE)));
                commands.add(&[b"SET", &report, record, b"PX", life.as_bytes()]);
                commands.add(&[b"ZADD", &writers, until.as_bytes(), &writer]);
                commands.add(&[b"ZREMRANGEBYSCORE", &writers, b"-inf", gone.as_bytes()]);
                commands.add(&[b"PEXPIRE", &writers, life.as_bytes()]);
                Topic::Nothing("keep a report")
            }
            Request::Reports => {
                commands.add(&[b"ZRANGE", &names.writers(), b"0", b"-1"]);
                Topic::Writers
            }
        })
    }

    /// Who serves generations is part of what they stand for.
    fn ask_who(&mut self, peer: &Peer, tags: usize) {
        if tags > 0 && peer.is_to_be_asked(self.uptime) {
            self.commands.add(&[b"INFO", b"server"]);
            self.commands.add(&[b"INFO", b"replication"]);
            self.asks_who = true;
        }
    }

    fn call(&mut self, script: &'static Script, keys: &[&[u8]], arguments: &[&[u8]]) {
        self.script = Some(script);
        self.commands.add_script(script, keys, arguments);
    }

    fn establish(&mut self, keys: &[Vec<u8>], life: Duration) -> Result<(), Error> {
        // A little longer than asked, so that the next ones only read.
        let (least, given) = (millis(life), millis(life.saturating_add(life / 4)));
        for key in keys {
            let fresh: [u8; 16] = random::bytes()?;
            let arguments: [&[u8]; 3] = [&fresh, least.as_bytes(), given.as_bytes()];
            self.call(&scripts::ESTABLISH, &[key], &arguments);
        }
        Ok(())
    }

    fn put(
        &mut self,
        names: &Names,
        entry: &EntryKey,
        bytes: &[u8],
        left: Option<u64>,
        condition: Condition,
    ) -> Topic {
        let entry = names.entry(entry);
        let lease = names.lease(&entry);
        let px = left.map_or_else(String::new, decimal);
        match condition {
            Condition::Always => {
                let commands = &mut self.commands;
                commands.add(&[b"MULTI"]);
                match left {
                    None => commands.add(&[b"SET", &entry, bytes]),
                    Some(0) => commands.add(&[b"UNLINK", &entry]),
                    Some(_) => commands.add(&[b"SET", &entry, bytes, b"PX", px.as_bytes()]),
                }
                commands.add(&[b"DEL", &lease]);
                commands.add(&[b"EXEC"]);
                Topic::PutAlways(entry)
            }
            Condition::Leased(token) => {
                let channel = names.channel(&entry);
                let arguments: [&[u8]; 4] = [&token.0, bytes, px.as_bytes(), &channel];
                self.call(&scripts::PUT_LEASED, &[&entry, &lease], &arguments);
                Topic::PutIf { otherwise: Put::Fenced }
            }
            Condition::Unchanged(mark) => {
                let mark = mark.map_or(Vec::new(), |mark| mark.as_bytes().to_vec());
                let arguments: [&[u8]; 3] = [&mark, bytes, px.as_bytes()];
                self.call(&scripts::PUT_UNCHANGED, &[&entry, &lease], &arguments);
                Topic::PutIf { otherwise: Put::Changed }
            }
        }
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
        if self.is_script_sent {
            // SCRIPT LOAD's.
            replies.next();
        }
        self.understand(replies, names, peer)
    }

    /// Sends the script and what was sent before; generations get fresh bytes.
    fn send_script(&mut self, script: &'static Script) -> Said {
        self.is_script_sent = true;
        let before = std::mem::take(&mut self.commands);
        self.commands.add(&[b"SCRIPT", b"LOAD", script.source()]);
        if let Topic::Establish { keys, life } = &self.topic {
            let (keys, life) = (keys.clone(), *life);
            if let Err(error) = self.establish(&keys, life) {
                return Said::Done(Err(error));
            }
        } else {
            self.commands.append(before);
        }
        Said::More
    }

    fn understand(
        &mut self,
        mut replies: std::vec::IntoIter<Value>,
        names: &Names,
        peer: &Peer,
    ) -> Said {
        let read = match &self.topic {
            Topic::Acquire => acquired(next(&mut replies)).map(Reply::Acquired),
            Topic::Clear(is_deletion) => return self.cleared(*is_deletion, replies, names),
            Topic::Delete(entries) => {
                let entries = entries.clone();
                return self.ended(&entries, deleted(replies.last()), names);
            }
            Topic::Establish { .. } => {
                return Said::Done(established(replies, peer).map(Reply::Generations));
            }
            Topic::Fetch { tags: 0 } => entry_of(next(&mut replies))
                .map(|entry| Reply::Fetched(Fetched { entry, generations: Vec::new() })),
            Topic::Fetch { .. } => values(replies).and_then(|mut values| {
                let entry = entry_of(next(&mut values))?;
                Ok(Reply::Fetched(Fetched { entry, generations: generations(values, peer) }))
            }),
            Topic::FetchMany { entries, tags } => fetched_many(replies, *entries, *tags, peer),
            Topic::Nothing(_) => done(replies),
            Topic::PutAlways(entry) => {
                let entry = [entry.clone()];
                return self.ended(&entry, put_always(replies.last()), names);
            }
            Topic::PutIf { otherwise } => put_if(&next(&mut replies), *otherwise).map(Reply::Put),
            Topic::Records => records(replies).map(Reply::Reports),
            Topic::Renew => flag(&next(&mut replies)).map(Reply::Renewed),
            Topic::Told(reply) => Ok(reply.clone()),
            Topic::Writers => return self.asked_writers(next(&mut replies), names),
        };
        Said::Done(read.map_err(|refused| refused.error(self.what())))
    }

    fn cleared(
        &mut self,
        is_deletion: bool,
        replies: std::vec::IntoIter<Value>,
        names: &Names,
    ) -> Said {
        let (cursor, keys) = match cleared(is_deletion, replies) {
            Ok(read) => read,
            Err(refused) => return Said::Done(Err(refused.error(self.what()))),
        };
        let keys: Vec<_> = keys.into_iter().filter(|key| names.is_entry(key)).collect();
        self.commands = Commands::default();
        if !keys.is_empty() {
            self.commands.add_keys(b"UNLINK", keys.iter());
        }
        if cursor != b"0" {
            scan(&mut self.commands, names, &cursor);
            self.topic = Topic::Clear(!keys.is_empty());
        } else if keys.is_empty() {
            return Said::Done(Ok(Reply::Done));
        } else {
            self.topic = Topic::Nothing("clear entries");
        }
        Said::More
    }

    /// Where leases went with the entries, those who wait for them are told before the reply is
    /// given.
    fn ended(&mut self, entries: &[Vec<u8>], read: Read<(Reply, bool)>, names: &Names) -> Said {
        match read {
            Ok((reply, false)) => Said::Done(Ok(reply)),
            Ok((reply, true)) => {
                self.commands = Commands::default();
                for entry in entries {
                    self.commands.add(&[b"PUBLISH", &names.channel(entry), b""]);
                }
                self.topic = Topic::Told(reply);
                Said::More
            }
            Err(refused) => Said::Done(Err(refused.error(self.what()))),
        }
    }

    fn asked_writers(&mut self, reply: Value, names: &Names) -> Said {
        let writers = match texts(reply) {
            Ok(writers) if writers.is_empty() => {
                return Said::Done(Ok(Reply::Reports(Vec::new())));
            }
            Ok(writers) => writers,
            Err(refused) => return Said::Done(Err(refused.error(self.what()))),
        };
        self.commands = Commands::default();
        self.commands.add_keys(b"MGET", writers.iter().map(|writer| names.report(writer)));
        self.topic = Topic::Records;
        Said::More
    }

    /// What the server was asked to do, for errors.
    fn what(&self) -> &'static str {
        match self.topic {
            Topic::Acquire => "give a lease",
            Topic::Clear(_) => "clear entries",
            Topic::Delete(_) => "delete entries",
            Topic::Establish { .. } => "make generations",
            Topic::Fetch { .. } | Topic::FetchMany { .. } => "read entries",
            Topic::Nothing(what) => what,
            Topic::PutAlways(_) | Topic::PutIf { .. } => "put an entry",
            Topic::Records | Topic::Writers => "read reports",
            Topic::Told(_) => "tell who waits",
            Topic::Renew => "renew a lease",
        }
    }
}

fn scan(commands: &mut Commands, names: &Names, cursor: &[u8]) {
    commands.add(&[b"SCAN", cursor, b"MATCH", &names.pattern(), b"COUNT", b"1000"]);
}

/// Milliseconds until an expiry: `None` for ever, 0 for over already.
fn left(expires_unix_ms: u64, now_unix_ms: u64) -> Option<u64> {
    let left = expires_unix_ms.saturating_sub(now_unix_ms);
    (expires_unix_ms != u64::MAX).then_some(left.min(LONGEST_MS))
}

/// A span as servers take it: whole milliseconds, at least one.
fn millis(span: Duration) -> String {
    decimal(millis_of(span))
}

fn millis_of(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX).clamp(1, LONGEST_MS)
}

/// The most that servers add to their clock without an overflow is far more; this is 30,000 years.
const LONGEST_MS: u64 = 1_000_000_000_000_000;

/// Bounds how long one command keeps a server from others.
const MOST_KEYS: usize = 1000;

/// How long the numbers of a process that has ended are part of the sums.
const REPORT_LIFE: Duration = Duration::from_secs(86_400);
