//! The calls of the plain door: what each asks of the store, and what the replies lead to.
//!
//! No I/O: a driver of any kind brings [`PlainCall::request`] to the store and tells
//! [`PlainCall::hear`] the reply, until it says that the call is done.

use std::time::Duration;

use bytes::BytesMut;

use super::Plain;
use super::collect::Collecting;
use super::found::PlainFound;
use super::moving::Moving;
use super::walk::{Page, PlainCursor, entries};
use crate::base::{Error, Moment};
use crate::entry::{Answer, Codec, Entry, Fingerprint, Form, Header, Kind, NEVER};
use crate::flow::change::{Edit, Verdict, is_past, number};
use crate::flow::engine::unexpected;
use crate::flow::step::Seen;
use crate::key::EntryKey;
use crate::observe::Outcome;
use crate::store::{Acted, Condition, Mark, Native, Put, Reply, Request, Scanned};

/// A call on its way.
#[derive(Debug)]
pub struct PlainCall {
    pub(super) plain: Plain,
    pub(super) entries: Vec<EntryKey>,
    began: Moment,
    pub(super) state: State,
}

#[derive(Debug)]
pub(super) enum State {
    Collect(Box<Collecting>),
    /// It is a collection: gives it another expiry.
    CollectionExpire(u64),
    /// It is a collection: asks how long it lives.
    CollectionExpiry,
    /// Adds to a number by the server's own command.
    Count {
        delta: i64,
        start: Option<i64>,
    },
    Delete,
    /// Of a page, and where the walk goes on.
    DeletePage(PlainCursor),
    /// Reads before it changes what is there.
    Edit(Edit),
    /// Gives a foreign value another expiry, where it still is what was read.
    Expire {
        edit: Edit,
        mark: Mark,
        hard_unix_ms: u64,
    },
    Expiry,
    Get,
    GetMany,
    /// There was no room for the value: the old one goes.
    GiveUp,
    Keys(Page),
    /// Lists what is to be deleted.
    Match(Page),
    /// Asks the server how long a foreign value lives.
    Left,
    Move(Box<Moving>),
    /// Puts where the entry still is what was read.
    PutEdit {
        edit: Edit,
        sealed: Sealed,
        condition: Condition,
        number: Option<i64>,
    },
    Set(Sealed),
}

#[derive(Debug)]
pub(super) struct Sealed {
    pub(super) bytes: Vec<u8>,
    pub(super) hard_unix_ms: u64,
}

/// How a call ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum PlainDone {
    /// The answer to a command on collections.
    Collected(Answer),
    /// How many values were deleted.
    Deleted(usize),
    /// How many values of a page were deleted, and where the walk goes on.
    DeletedPage(usize, PlainCursor),
    /// What became of a change.
    Edited(PlainEdit),
    /// The time that a value still has, `None` for no end; the outer `None` without a value.
    Expiry(Option<Option<Duration>>),
    /// What was found, to be opened.
    Found(PlainFound),
    /// What was found for each key, in their order.
    FoundMany(Vec<PlainFound>),
    /// The keys of a page, and where the walk goes on.
    Keys(Vec<Vec<u8>>, PlainCursor),
    /// Whether a value was stored.
    Stored(bool),
}

/// What became of a change.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PlainEdit {
    /// Done; the number now, where it is one.
    Done(Option<i64>),
    /// There was a value already.
    Exists,
    /// There is no room.
    Full,
    /// There was no value.
    Missing,
    /// The value is no integer of 64 bits.
    NotANumber,
    /// The sum would not fit 64 bits; nothing was changed.
    Overflow,
}

/// The end of a call, or `None` where it goes on.
type Ended = Option<Result<PlainDone, Error>>;

impl Plain {
    /// A call of `get_many`.
    pub fn getting_many(&self, entries: Vec<EntryKey>) -> PlainCall {
        self.call(entries, State::GetMany)
    }

    /// A call of `set`.
    ///
    /// # Errors
    /// Misuse where the value is larger than the format can say.
    pub fn setting(
        &self,
        key: &[u8],
        codec: Codec,
        payload: &[u8],
        ttl: Option<Duration>,
    ) -> Result<PlainCall, Error> {
        let entry = EntryKey::plain(key);
        let hard_unix_ms = hard(self.core.engine().clock.unix_ms(), ttl);
        let sealed = self.seal(&entry, codec, payload, hard_unix_ms)?;
        Ok(self.call(vec![entry], State::Set(sealed)))
    }

    /// A call of `add`.
    pub fn adding(
        &self,
        key: &[u8],
        codec: Codec,
        payload: &[u8],
        ttl: Option<Duration>,
    ) -> PlainCall {
        let hard_unix_ms = hard(self.core.engine().clock.unix_ms(), ttl);
        let payload = payload.to_vec().into();
        self.editing(key, Edit::Add { codec, payload, hard_unix_ms })
    }

    /// A call of `replace`.
    pub fn replacing(
        &self,
        key: &[u8],
        codec: Codec,
        payload: &[u8],
        ttl: Option<Duration>,
    ) -> PlainCall {
        let hard_unix_ms = hard(self.core.engine().clock.unix_ms(), ttl);
        let payload = payload.to_vec().into();
        self.editing(key, Edit::Replace { codec, payload, hard_unix_ms })
    }

    /// A call of `count`.
    pub fn counting(&self, key: &[u8], delta: i64, start: Option<i64>) -> PlainCall {
        match self.form {
            Form::Leaving | Form::Mixed => {
                self.call(vec![EntryKey::plain(key)], State::Count { delta, start })
            }
            Form::Sealed => self.editing(key, Edit::Count { delta, start }),
        }
    }

    /// A call of `touch`.
    pub fn touching(&self, key: &[u8], ttl: Option<Duration>) -> PlainCall {
        let hard_unix_ms = hard(self.core.engine().clock.unix_ms(), ttl);
        self.editing(key, Edit::Touch { hard_unix_ms })
    }

    /// A call of `rename`.
    pub fn renaming(&self, key: &[u8], other: &[u8]) -> PlainCall {
        let entries = vec![EntryKey::plain(key), EntryKey::plain(other)];
        self.call(entries, State::Move(Box::new(Moving::new())))
    }

    /// A call of `delete`.
    pub fn deleting(&self, keys: &[Vec<u8>]) -> PlainCall {
        self.call(keys.iter().map(|key| EntryKey::plain(key)).collect(), State::Delete)
    }

    /// A call of `expiry`.
    pub fn looking(&self, key: &[u8]) -> PlainCall {
        self.call(vec![EntryKey::plain(key)], State::Expiry)
    }

    fn editing(&self, key: &[u8], edit: Edit) -> PlainCall {
        self.call(vec![EntryKey::plain(key)], State::Edit(edit)).guessed()
    }

    pub(super) fn call(&self, entries: Vec<EntryKey>, state: State) -> PlainCall {
        let began = self.core.engine().clock.now();
        PlainCall { plain: self.clone(), entries, began, state }
    }

    pub(super) fn seal(
        &self,
        entry: &EntryKey,
        codec: Codec,
        payload: &[u8],
        hard_unix_ms: u64,
    ) -> Result<Sealed, Error> {
        let engine = self.core.engine();
        let header = Header {
            codec,
            fingerprint: Fingerprint::default(),
            created_unix_ms: engine.clock.unix_ms(),
            soft_unix_ms: hard_unix_ms,
            hard_unix_ms,
            cost_us: 0,
            stamps: Vec::new(),
            added: Vec::new(),
        };
        Ok(Sealed { bytes: self.form.close(&engine.seal, entry, &header, payload)?, hard_unix_ms })
    }
}

impl PlainCall {
    /// What is to be asked of the store now.
    ///
    /// # Errors
    /// Misuse for a call without a key, which no door makes.
    pub fn request(&self) -> Result<Request<'_>, Error> {
        let entries = &self.entries;
        let one = || entries.first().ok_or_else(|| Error::misuse("wanted a key, found: none"));
        Ok(match &self.state {
            State::Collect(collecting) => collecting.request(entries),
            State::CollectionExpire(expires_unix_ms) => {
                let (entry, expires_unix_ms) = (one()?, *expires_unix_ms);
                Request::CollectionExpire { entry, expires_unix_ms }
            }
            State::CollectionExpiry => Request::CollectionExpiry { entry: one()? },
            State::Count { delta, start } => {
                // A number that begins is sealed where nothing foreign is written any more.
                let start = start.filter(|_| self.plain.form == Form::Mixed);
                let act = Native::Count { delta: *delta, start };
                Request::Native { entry: one()?, act }
            }
            State::Expire { mark, hard_unix_ms, .. } => {
                let act = Native::Expire { mark: *mark, expires_unix_ms: *hard_unix_ms };
                Request::Native { entry: one()?, act }
            }
            State::Left => Request::Native { entry: one()?, act: Native::Left },
            State::Delete | State::DeletePage(_) | State::GiveUp => Request::Delete { entries },
            State::Edit(_) | State::Expiry | State::Get => {
                Request::Fetch { entry: one()?, tags: &[] }
            }
            State::GetMany => Request::FetchMany { entries, tags: &[] },
            State::Keys(page) | State::Match(page) => page.request(),
            State::Move(moving) => moving.request(entries)?,
            State::PutEdit { sealed, condition, .. } => sealed.put(one()?, *condition),
            State::Set(sealed) => sealed.put(one()?, Condition::Always),
        })
    }

    /// Takes the reply; gives the end where this is it.
    pub fn hear(&mut self, reply: Result<Reply, Error>) -> Ended {
        if matches!(self.state, State::Get) {
            let got = self.plain.got(self.entries.pop()?, reply, self.began);
            return Some(got.map(PlainDone::Found));
        }
        let reply = match reply {
            Ok(Reply::Held(kind)) => return self.meet_collection(kind),
            Ok(reply) => reply,
            Err(error) => return Some(Err(self.unanswered(error))),
        };
        let state = std::mem::replace(&mut self.state, State::GiveUp);
        match (state, reply) {
            (State::GetMany, Reply::FetchedMany { entries: found, .. }) => {
                let (plain, began) = (&self.plain, self.began);
                let took = plain.took(began);
                let found = std::mem::take(&mut self.entries).into_iter().zip(found);
                let found = found.map(|(entry, bytes)| plain.found(entry, bytes, began, took));
                Some(Ok(PlainDone::FoundMany(found.collect())))
            }
            (State::Set(_), Reply::Put(Put::Full)) => {
                self.plain.counters.full();
                None
            }
            (State::Set(_), Reply::Put(put)) => Some(Ok(PlainDone::Stored(put == Put::Stored))),
            (State::Collect(collecting), Reply::Collected(answer)) => {
                self.collected(collecting, answer)
            }
            (State::Move(moving), reply) => self.moved(moving, reply),
            (State::CollectionExpire(_), Reply::Deleted(count)) => {
                let edit = if count > 0 { PlainEdit::Done(None) } else { PlainEdit::Missing };
                Some(Ok(PlainDone::Edited(edit)))
            }
            (State::CollectionExpiry, Reply::Expiry(left)) => Some(Ok(PlainDone::Expiry(left))),
            (State::GiveUp, Reply::Deleted(_)) => Some(Ok(PlainDone::Stored(false))),
            (State::Delete, Reply::Deleted(count)) => Some(Ok(PlainDone::Deleted(count))),
            (State::DeletePage(cursor), Reply::Deleted(count)) => {
                Some(Ok(PlainDone::DeletedPage(count, cursor)))
            }
            (State::Keys(_), Reply::Scanned(scanned)) => {
                Some(Ok(PlainDone::Keys(scanned.keys, scanned.cursor)))
            }
            (State::Match(_), Reply::Scanned(scanned)) => self.matched(scanned),
            (State::Expiry, Reply::Fetched(fetched)) => self.expiry(fetched.entry),
            (State::Edit(edit), Reply::Fetched(fetched)) => self.decide(edit, fetched.entry),
            (State::PutEdit { edit, .. }, Reply::Fetched(fetched)) => {
                self.decide(edit, fetched.entry)
            }
            (State::PutEdit { edit, sealed, number, .. }, Reply::Put(put)) => match put {
                Put::Stored => {
                    if number.is_some() {
                        self.keep_recent(sealed);
                    }
                    Some(Ok(PlainDone::Edited(PlainEdit::Done(number))))
                }
                Put::Full => {
                    self.plain.counters.full();
                    Some(Ok(PlainDone::Edited(PlainEdit::Full)))
                }
                // Somebody else changed it, which is progress: once more.
                Put::Changed | Put::Fenced => {
                    self.state = State::Edit(edit);
                    None
                }
            },
            (State::Count { delta, start }, Reply::Native(acted)) => {
                self.counted(delta, start, acted)
            }
            (State::Expire { edit, .. }, Reply::Native(acted)) => match acted {
                Acted::Changed => {
                    self.state = State::Edit(edit);
                    None
                }
                _ => Some(Ok(PlainDone::Edited(PlainEdit::Done(None)))),
            },
            (State::Left, Reply::Native(acted)) => Some(Ok(PlainDone::Expiry(match acted {
                Acted::Left(left) => Some(left),
                _ => None,
            }))),
            (state, reply) => {
                self.state = state;
                Some(Err(self.unanswered(unexpected(&reply))))
            }
        }
    }

    fn matched(&mut self, scanned: Scanned) -> Ended {
        self.entries = entries(&scanned);
        if self.entries.is_empty() {
            return Some(Ok(PlainDone::DeletedPage(0, scanned.cursor)));
        }
        self.state = State::DeletePage(scanned.cursor);
        None
    }

    fn collected(&mut self, mut collecting: Box<Collecting>, answer: Answer) -> Ended {
        match collecting.hear(&self.plain, &self.entries, answer) {
            Err(error) => Some(Err(error)),
            Ok(Some(answer)) => Some(Ok(PlainDone::Collected(answer))),
            Ok(None) => {
                self.state = State::Collect(collecting);
                None
            }
        }
    }

    fn moved(&mut self, mut moving: Box<Moving>, reply: Reply) -> Ended {
        match moving.hear(&self.plain, &self.entries, reply) {
            Err(error) => Some(Err(error)),
            Ok(Some(edit)) => Some(Ok(PlainDone::Edited(edit))),
            Ok(None) => {
                self.state = State::Move(moving);
                None
            }
        }
    }

    /// The server keeps a collection where a plain value was read: most calls cannot go on.
    fn meet_collection(&mut self, kind: Kind) -> Ended {
        if let State::Move(moving) = &mut self.state
            && moving.meets_collection()
        {
            return None;
        }
        match &self.state {
            State::Edit(Edit::Add { .. }) => Some(Ok(PlainDone::Edited(PlainEdit::Exists))),
            State::Edit(Edit::Touch { hard_unix_ms }) => {
                self.state = State::CollectionExpire(*hard_unix_ms);
                None
            }
            State::Expiry => {
                self.state = State::CollectionExpiry;
                None
            }
            _ => Some(Err(Error::wrong_kind("a plain value", kind))),
        }
    }

    fn expiry(&mut self, bytes: Option<BytesMut>) -> Ended {
        let now = self.began.unix_ms;
        Some(Ok(PlainDone::Expiry(match self.see(bytes) {
            Seen::Entry(entry) if is_foreign(&entry) => {
                self.state = State::Left;
                return None;
            }
            Seen::Entry(entry) if !is_past(entry.header.hard_unix_ms, now) => {
                let hard = entry.header.hard_unix_ms;
                Some((hard != NEVER).then(|| Duration::from_millis(hard - now)))
            }
            _ => None,
        })))
    }

    /// What came of counting by the server's own command.
    fn counted(&mut self, delta: i64, start: Option<i64>, acted: Acted) -> Ended {
        Some(Ok(PlainDone::Edited(match acted {
            Acted::Number(sum) => PlainEdit::Done(Some(sum)),
            Acted::Overflow => PlainEdit::Overflow,
            Acted::Full => PlainEdit::Full,
            // Sealed, perhaps.
            Acted::NotANumber => {
                self.state = State::Edit(Edit::Count { delta, start });
                return None;
            }
            Acted::Missing if start.is_some() => {
                self.state = State::Edit(Edit::Count { delta, start });
                return None;
            }
            _ => PlainEdit::Missing,
        })))
    }

    /// What is done about a foreign value by other means than a put; `None`: decide as ever.
    fn act_on_foreign(&self, edit: &Edit, entry: &Entry, mark: Option<Mark>) -> Option<State> {
        if !is_foreign(entry) {
            return None;
        }
        match *edit {
            // It was not sealed after all, or is not any more.
            Edit::Count { delta, start } => {
                let number = number(Codec::Integer, &entry.payload)?;
                // A server counts no other text for it, such as `007`.
                let is_counted = number.to_string().as_bytes() == &*entry.payload;
                is_counted.then_some(State::Count { delta, start })
            }
            Edit::Touch { hard_unix_ms } => {
                Some(State::Expire { edit: edit.clone(), mark: mark?, hard_unix_ms })
            }
            Edit::Add { .. } | Edit::Replace { .. } => None,
        }
    }

    fn see(&self, bytes: Option<BytesMut>) -> Seen {
        let (Some(bytes), Some(entry)) = (bytes, self.entries.first()) else {
            return Seen::Absent;
        };
        let seal = &self.plain.core.engine().seal;
        match self.plain.form.open(seal, entry, bytes) {
            Ok(entry) => Seen::Entry(std::sync::Arc::new(entry)),
            Err(refusal) => Seen::Refused(refusal),
        }
    }

    pub(super) fn decide(&mut self, edit: Edit, bytes: Option<BytesMut>) -> Ended {
        let mark = bytes.as_deref().map(Mark::of);
        let (condition, seen) = (Condition::Unchanged(mark), self.see(bytes));
        if let Seen::Entry(entry) = &seen
            && let Some(state) = self.act_on_foreign(&edit, entry, mark)
        {
            self.state = state;
            return None;
        }
        if let Seen::Refused(refusal) = seen {
            self.plain.counters.refuse(refusal);
        }
        let verdict = edit.decide(&seen, self.plain.core.engine().clock.unix_ms());
        let edited = |edit| Some(Ok(PlainDone::Edited(edit)));
        let (codec, payload, hard_unix_ms) = match verdict {
            Verdict::Exists => return edited(PlainEdit::Exists),
            Verdict::IsCollection(kind) => {
                return Some(Err(Error::wrong_kind("a plain value", kind)));
            }
            Verdict::Missing => return edited(PlainEdit::Missing),
            Verdict::NotANumber => return edited(PlainEdit::NotANumber),
            Verdict::Overflow => return edited(PlainEdit::Overflow),
            Verdict::Put { codec, payload, hard_unix_ms } => (codec, payload, hard_unix_ms),
        };
        let sealed = match self.plain.seal(self.entries.first()?, codec, &payload, hard_unix_ms) {
            Ok(sealed) => sealed,
            Err(error) => return Some(Err(error)),
        };
        let number = number(codec, &payload);
        self.state = State::PutEdit { edit, sealed, condition, number };
        None
    }

    /// Counts reads that the store did not answer.
    fn unanswered(&self, error: Error) -> Error {
        if matches!(self.state, State::GetMany) {
            for entry in &self.entries {
                self.plain.record(entry, Outcome::Unavailable, None);
            }
        }
        error
    }
}

impl Sealed {
    pub(super) fn put<'a>(&'a self, entry: &'a EntryKey, condition: Condition) -> Request<'a> {
        let expires_unix_ms = self.hard_unix_ms;
        Request::Put { entry, bytes: &self.bytes, expires_unix_ms, condition }
    }
}

impl PlainDone {
    pub(super) fn edit(self) -> Result<PlainEdit, Error> {
        match self {
            Self::Edited(edit) => Ok(edit),
            other => Err(other.unexpected()),
        }
    }

    /// A call that ended as another one does.
    pub(super) fn unexpected(&self) -> Error {
        Error::corrupt(format!("wanted the end of the call, found: {self:?}"))
    }
}

fn is_foreign(entry: &Entry) -> bool {
    entry.header.codec == Codec::Foreign
}

pub(super) fn hard(now_unix_ms: u64, ttl: Option<Duration>) -> u64 {
    ttl.map_or(NEVER, |ttl| {
        let ttl = u64::try_from(ttl.as_millis()).unwrap_or(NEVER);
        now_unix_ms.saturating_add(ttl).min(NEVER - 1)
    })
}
