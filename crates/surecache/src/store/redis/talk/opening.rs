//! The first word of each request.

use std::borrow::Cow;
use std::time::Duration;

use super::super::collect;
use super::super::commands::{Commands, decimal};
use super::super::names::Names;
use super::super::peer::Peer;
use super::super::scripts::{self, Script};
use super::scanning::Scan;
use super::{Talk, Topic};
use crate::base::mutant::{self, Mutant};
use crate::base::{Error, Moment, random};
use crate::entry::Operation;
use crate::key::{EntryClass, EntryKey, LockName};
use crate::store::{Condition, Prolongation, Put, Request};

impl Talk {
    pub(super) fn open(
        &mut self,
        request: &Request<'_>,
        names: &Names,
        peer: &Peer,
        now: Moment,
    ) -> Result<Topic, Error> {
        let commands = &mut self.commands;
        Ok(match *request {
            Request::Acquire { entry, token, digest, period, replace } => {
                // Other programs may write plain keys, and know nothing of leases.
                let is_noted = entry.class() == EntryClass::Plain && !mutant::is(Mutant::Unnoted);
                let entry = names.entry(entry);
                let lease = names.lease(&entry);
                let aside = replace.map_or(Vec::new(), |token| token.0.to_vec());
                let (token, digest, period) = (&token.0, &digest.0, millis(period));
                let noted: &[u8] = if is_noted { b"1" } else { b"" };
                let arguments: [&[u8]; 5] = [token, digest, period.as_bytes(), &aside, noted];
                self.call(&scripts::ACQUIRE, &[&lease, &entry], &arguments);
                Topic::Acquire
            }
            Request::Clear => {
                scan(commands, names, b"0");
                Topic::Clear(false)
            }
            Request::Collect { entries, command, renames } => {
                let keys = entries.iter().map(|entry| names.entry(entry).into_owned());
                let keys: Vec<_> = keys.collect();
                let renames = self.rename(&keys, renames);
                let form = collect::say(&mut self.commands, &keys, command);
                let wanted = command.operation.kind();
                // What a result is put in the place of may be of any kind.
                let any = usize::from(matches!(command.operation, Operation::SetCombineInto(_)));
                let keys = keys.into_iter().skip(any).collect();
                Topic::Collect { form, wanted, keys, renames }
            }
            Request::CollectionExpire { entry, expires_unix_ms } => {
                let entry = names.entry(entry);
                match left(expires_unix_ms, now.unix_ms) {
                    // Whether there is an end to take away is not what is answered.
                    None => {
                        commands.add(&[b"EXISTS", &entry]);
                        commands.add(&[b"PERSIST", &entry]);
                    }
                    Some(left) => commands.add(&[b"PEXPIRE", &entry, decimal(left).as_bytes()]),
                }
                Topic::Expire
            }
            Request::CollectionExpiry { entry } => {
                commands.add(&[b"PTTL", &names.entry(entry)]);
                Topic::Expiry
            }
            Request::Delete { entries } => {
                for entry in entries {
                    let entry = names.entry(entry);
                    let (lease, channel) = (names.lease(&entry), names.channel(&entry));
                    self.call(&scripts::DELETE, &[&entry, &lease], &[&channel]);
                }
                Topic::Delete
            }
            Request::Establish { tags, life } => {
                let keys: Vec<_> = tags.iter().map(|tag| names.generation(tag)).collect();
                self.ask_who(peer, keys.len());
                self.establish(&keys, life)?;
                Topic::Establish { keys, life }
            }
            Request::Eviction => {
                commands.add(&[b"INFO", b"memory"]);
                Topic::Eviction
            }
            Request::Fetch { entry, tags } => {
                self.ask_who(peer, tags.len());
                if tags.is_empty() {
                    let entry = names.entry(entry);
                    self.commands.add(&[b"GET", &entry]);
                    return Ok(Topic::Fetch { key_bytes: entry.len(), tags: 0 });
                }
                self.commands.begin(b"MGET", 1 + tags.len());
                names.entry_parts(entry, |parts| self.commands.argument(parts));
                for tag in tags {
                    names.generation_parts(tag, |parts| self.commands.argument(parts));
                }
                Topic::Fetch { key_bytes: 0, tags: tags.len() }
            }
            Request::FetchMany { entries, tags } => {
                self.ask_who(peer, tags.len());
                let names_of_tags = tags.iter().map(|tag| Cow::from(names.generation(tag)));
                let keys = entries.iter().map(|entry| names.entry(entry)).chain(names_of_tags);
                let keys: Vec<_> = keys.collect();
                for part in keys.chunks(MOST_KEYS) {
                    self.commands.add_keys(b"MGET", part);
                }
                Topic::FetchMany { entries: entries.len(), tags: tags.len() }
            }
            Request::Holders { lock, places } => {
                let key = names.places(lock);
                let keys = (0..places).map(|place| place_of(&key, place)).collect::<Vec<_>>();
                self.commands.add_keys(b"MGET", &keys);
                Topic::Holders
            }
            Request::Invalidate { tags } => {
                let keys: Vec<_> = tags.iter().map(|tag| names.generation(tag)).collect();
                for part in keys.chunks(MOST_KEYS) {
                    commands.add_keys(b"DEL", part);
                }
                Topic::Invalidate
            }
            Request::Lock { lock, token, places, period } => {
                let (key, fence) = (names.places(lock), fence(names));
                let (places, period) = (decimal(places.into()), millis(period));
                let arguments: [&[u8]; 3] = [&token.0, places.as_bytes(), period.as_bytes()];
                self.call(&scripts::LOCK, &[&key, &fence], &arguments);
                Topic::Lock
            }
            Request::Prolong { lock, token, places, by } => {
                let (how, span): (&[u8], _) = match by {
                    Prolongation::Add(more) => (b"add", more),
                    Prolongation::Set(period) => (b"set", period),
                };
                let (places, span) = (decimal(places.into()), millis(span));
                let arguments: [&[u8]; 4] = [&token.0, places.as_bytes(), span.as_bytes(), how];
                self.call(&scripts::PROLONG, &[&names.places(lock)], &arguments);
                Topic::Prolong
            }
            Request::Native { entry, act } => self.act(&names.entry(entry), names, act, now),
            Request::Put { entry, bytes, expires_unix_ms, condition } => {
                let left = left(expires_unix_ms, now.unix_ms);
                self.put(names, Storing { entry, bytes, left }, condition)
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
            Request::Scan { glob, cursor, count, listed } => {
                let scan = Scan::begin(glob, cursor, listed)?;
                scan.ask(commands, names, count);
                Topic::Scan(scan)
            }
            Request::Unlock { lock, .. } if mutant::is(Mutant::LockUnowned) => {
                self.commands.add(&[b"DEL", &place_of(&names.places(lock), 0)]);
                Topic::Unlock
            }
            Request::Unlock { lock, token, places } => {
                let (channel, places) = (lock_channel(names, lock), decimal(places.into()));
                let arguments: [&[u8]; 3] = [&token.0, places.as_bytes(), &channel];
                self.call(&scripts::UNLOCK, &[&names.places(lock)], &arguments);
                Topic::Unlock
            }
        })
    }

    /// Puts without a condition, in one transaction; other requests are left out.
    pub(super) fn open_puts(
        &mut self,
        requests: &[Request<'_>],
        names: &Names,
        now: Moment,
    ) -> Topic {
        let storing = requests.iter().filter_map(|request| Storing::always(request, now));
        self.put_always(names, storing)
    }

    /// Who serves generations is part of what they stand for.
    fn ask_who(&mut self, peer: &Peer, tags: usize) {
        if tags > 0 && peer.is_to_be_asked(self.uptime) {
            self.commands.add(&[b"INFO", b"server"]);
            self.commands.add(&[b"INFO", b"replication"]);
            self.asks_who = true;
        }
    }

    pub(super) fn call(&mut self, script: &'static Script, keys: &[&[u8]], arguments: &[&[u8]]) {
        self.script = Some(script);
        self.commands.add_script(script, keys, arguments);
    }

    /// Has the newest forms of members take the place of older ones; how many commands that takes.
    fn rename(&mut self, keys: &[Vec<u8>], renames: &[(Vec<u8>, Vec<u8>)]) -> usize {
        let count = decimal(keys.len() as u64);
        let parts = renames.chunks(MOST_KEYS);
        let replies = parts.len();
        for part in parts {
            // With its source: one called by its digest might have the command sent twice.
            let mut words: Vec<&[u8]> = vec![scripts::RENAME.source(), count.as_bytes()];
            words.extend(keys.iter().map(Vec::as_slice));
            words.extend(part.iter().flat_map(|(old, new)| [old.as_slice(), new.as_slice()]));
            self.commands.add_keys(b"EVAL", &words);
        }
        replies
    }

    pub(super) fn establish(&mut self, keys: &[Vec<u8>], life: Duration) -> Result<(), Error> {
        // A little longer than asked, so that the next ones only read.
        let (least, given) = (millis(life), millis(life.saturating_add(life / 4)));
        for key in keys {
            let fresh = fresh_generation()?;
            if mutant::is(Mutant::RenewalBySet) {
                let source = b"redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) return ARGV[1]";
                self.commands.add(&[b"EVAL", source, b"1", key, &fresh, given.as_bytes()]);
                continue;
            }
            let arguments: [&[u8]; 3] = [&fresh, least.as_bytes(), given.as_bytes()];
            self.call(&scripts::ESTABLISH, &[key], &arguments);
        }
        Ok(())
    }

    fn put(&mut self, names: &Names, storing: Storing<'_>, condition: Condition) -> Topic {
        let (kind, proof, otherwise): (&[u8], Vec<u8>, _) = match condition {
            Condition::Leased(token) if !mutant::is(Mutant::TokenUnchecked) => {
                (b"leased", token.0.to_vec(), Put::Fenced)
            }
            Condition::Always | Condition::Leased(_) => {
                return self.put_always(names, std::iter::once(storing));
            }
            Condition::Unchanged(mark) => {
                let proof = mark.map_or_else(Vec::new, |mark| mark.as_bytes().to_vec());
                (b"unchanged", proof, Put::Changed)
            }
        };
        let entry = names.entry(storing.entry);
        let (lease, channel) = (names.lease(&entry), names.channel(&entry));
        let left = storing.left.map_or_else(String::new, decimal);
        let arguments: [&[u8]; 5] = [storing.bytes, left.as_bytes(), &channel, kind, &proof];
        self.call(&scripts::PUT, &[&entry, &lease], &arguments);
        Topic::Put { otherwise }
    }

    /// All in one step, without a script, which would copy the entries more than once.
    fn put_always<'a>(&mut self, names: &Names, all: impl Iterator<Item = Storing<'a>>) -> Topic {
        let commands = &mut self.commands;
        let (mut leases, mut channels) = (Vec::new(), Vec::new());
        commands.add(&[b"MULTI"]);
        for Storing { entry, bytes, left } in all {
            let entry = names.entry(entry);
            match left {
                None => commands.add(&[b"SET", &entry, bytes]),
                Some(0) => commands.add(&[b"DEL", &entry]),
                Some(left) => {
                    commands.add(&[b"SET", &entry, bytes, b"PX", decimal(left).as_bytes()]);
                }
            }
            leases.push(names.lease(&entry));
            channels.push(names.channel(&entry));
        }
        commands.add_keys(b"DEL", &leases);
        commands.add(&[b"EXEC"]);
        Topic::PutAlways { channels }
    }
}

/// An entry on its way, and the milliseconds that it has left.
struct Storing<'a> {
    entry: &'a EntryKey,
    bytes: &'a [u8],
    left: Option<u64>,
}

impl<'a> Storing<'a> {
    /// What a put without a condition stores.
    fn always(request: &Request<'a>, now: Moment) -> Option<Self> {
        match *request {
            Request::Put { entry, bytes, expires_unix_ms, condition: Condition::Always } => {
                Some(Self { entry, bytes, left: left(expires_unix_ms, now.unix_ms) })
            }
            _ => None,
        }
    }
}

fn place_of(places: &[u8], place: u32) -> Vec<u8> {
    [places, b":", decimal(place.into()).as_bytes()].concat()
}

fn fence(names: &Names) -> Vec<u8> {
    match mutant::is(Mutant::FenceIsTime) {
        // Where nothing is read.
        true => [names.fence(), random::bytes::<8>().unwrap_or_default().to_vec()].concat(),
        false => names.fence(),
    }
}

fn lock_channel(names: &Names, lock: &LockName) -> Vec<u8> {
    match mutant::is(Mutant::LockUntold) {
        true => Vec::new(),
        false => names.lock_channel(lock),
    }
}

fn fresh_generation() -> Result<[u8; 16], Error> {
    if mutant::is(Mutant::GenerationsCount) {
        return Ok([1; 16]);
    }
    random::bytes()
}

pub(super) fn scan(commands: &mut Commands, names: &Names, cursor: &[u8]) {
    commands.add(&[b"SCAN", cursor, b"MATCH", &names.pattern(), b"COUNT", b"1000"]);
}

/// Milliseconds until an expiry: `None` for ever, 0 for over already.
pub(super) fn left(expires_unix_ms: u64, now_unix_ms: u64) -> Option<u64> {
    let left = expires_unix_ms.saturating_sub(now_unix_ms);
    (expires_unix_ms != u64::MAX).then_some(left.min(LONGEST_MS))
}

/// A span as servers take it: whole milliseconds, at least one.
pub(super) fn millis(span: Duration) -> String {
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
