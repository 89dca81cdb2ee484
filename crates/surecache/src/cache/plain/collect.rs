//! Commands on collections: sealed for a server that keeps them, carried out here where none does.
//!
//! On a server members are sealed alike each time, so that it finds them. What it hands back is
//! opened here: bytes that do not open are counted and left out, never decoded. Where there are
//! older secrets, members in an older form are given the newest one first.
//!
//! Elsewhere a collection is one entry, read, changed and put where it still is what was read. A
//! command on two keys changes one after the other, so that nothing is lost in between.

mod here;

use super::Plain;
use super::call::{PlainCall, PlainDone, State};
use crate::base::Error;
use crate::entry::{Answer, Command, Form, Kind, Operation, Refusal, Seal};
use crate::key::EntryKey;
use crate::store::Request;

/// A command on its way to a server.
#[derive(Debug)]
pub(super) struct Collecting {
    kind: Kind,
    /// The fields whose values are asked for, not sealed.
    fields: Vec<Vec<u8>>,
    sealed: Command,
    renames: Vec<(Vec<u8>, Vec<u8>)>,
    /// Sets whose members may be in an older form; read before sets are compared.
    unread: Vec<EntryKey>,
    reading: Command,
}

impl Plain {
    /// Does a command on the collections under keys.
    ///
    /// # Errors
    /// `WrongKind` where a key holds something else, `Unavailable` where the store did not take it,
    /// misuse for a command that makes no sense or is too large.
    pub fn collect(&self, keys: &[Vec<u8>], command: Command) -> Result<Answer, Error> {
        if !self.core.engine().store.keeps_collections() {
            check_keys(&command.operation, keys.len())?;
            return self.collect_here(keys, &command);
        }
        match self.run(self.collecting(keys, command)?)? {
            PlainDone::Collected(answer) => Ok(answer),
            other => Err(other.unexpected()),
        }
    }

    /// A call of `collect`, where the store keeps collections.
    ///
    /// # Errors
    /// Misuse for another number of keys than the operation takes, for what is too large, and where
    /// other programs have collections of their own form under the same keys.
    pub fn collecting(&self, keys: &[Vec<u8>], command: Command) -> Result<PlainCall, Error> {
        if self.form != Form::Sealed {
            let hint = "give them a cache without a foreign form, with a namespace of its own";
            let error = "wanted plain values while a foreign form is declared, found: a collection";
            return Err(Error::misuse(error).with_hint(hint));
        }
        check_keys(&command.operation, keys.len())?;
        let entries: Vec<_> = keys.iter().map(|key| EntryKey::plain(key)).collect();
        let collecting = Collecting::new(&self.core.engine().seal, &entries, command)?;
        Ok(self.call(entries, State::Collect(Box::new(collecting))))
    }
}

fn check_keys(operation: &Operation, keys: usize) -> Result<(), Error> {
    let (wanted, is_right) = match operation {
        Operation::SetCombine(_) => ("one key or more", keys > 0),
        Operation::SetCombineInto(_) => ("two keys or more", keys > 1),
        Operation::SetMove => ("two keys", keys == 2),
        _ => ("one key", keys == 1),
    };
    match is_right {
        true => Ok(()),
        false => Err(Error::misuse(format!("wanted {wanted} for the operation, found: {keys}"))),
    }
}

impl Collecting {
    fn new(seal: &Seal, entries: &[EntryKey], command: Command) -> Result<Self, Error> {
        let Command { mut operation, members } = command;
        let kind = operation.kind();
        if let (Operation::HashSet { values }, Some(entry)) = (&mut operation, entries.first()) {
            for (field, value) in members.iter().zip(values) {
                *value = seal.seal_value(entry, field, value)?;
            }
        }
        let mut renames = Vec::new();
        let mut sealed = Vec::with_capacity(members.len());
        for member in &members {
            let form = seal.seal_member(kind, member)?;
            let older = seal.older_members(kind, member)?.into_iter();
            renames.extend(older.map(|older| (older, form.clone())));
            sealed.push(form);
        }
        let unread = match operation {
            Operation::SetCombine(_) if seal.has_older() => entries.to_vec(),
            Operation::SetCombineInto(_) if seal.has_older() => entries[1..].to_vec(),
            _ => Vec::new(),
        };
        let is_about_values = matches!(operation, Operation::HashGet);
        Ok(Self {
            kind,
            fields: if is_about_values { members } else { Vec::new() },
            sealed: Command { operation, members: sealed },
            renames,
            unread,
            reading: Command { operation: Operation::SetMembers, members: Vec::new() },
        })
    }

    pub(super) fn request<'a>(&'a self, entries: &'a [EntryKey]) -> Request<'a> {
        match self.unread.last() {
            Some(entry) => {
                let entries = std::slice::from_ref(entry);
                Request::Collect { entries, command: &self.reading, renames: &[] }
            }
            None => Request::Collect { entries, command: &self.sealed, renames: &self.renames },
        }
    }

    /// Takes an answer of the server; gives it opened, where it is the last one.
    pub(super) fn hear(
        &mut self,
        plain: &Plain,
        entries: &[EntryKey],
        answer: Answer,
    ) -> Result<Option<Answer>, Error> {
        if self.unread.pop().is_some() {
            let Answer::Members(members) = answer else { return Ok(None) };
            for old in members {
                self.renew(&plain.core.engine().seal, old)?;
            }
            return Ok(None);
        }
        let is_something = is_some(&answer);
        let opened = self.open(plain, entries, answer);
        // What was taken away and does not open is no answer: the next one is.
        let is_foreign = is_something && !is_some(&opened) && self.takes_one();
        Ok((!is_foreign).then_some(opened))
    }

    /// True where members are taken away until one is given.
    fn takes_one(&self) -> bool {
        let operation = &self.sealed.operation;
        matches!(operation, Operation::SetPop(None) | Operation::ListPop { count: None, .. })
            || matches!(operation, Operation::SortedPop(_, 1))
    }

    /// Notes the newest form of a member where it has another.
    fn renew(&mut self, seal: &Seal, old: Vec<u8>) -> Result<(), Error> {
        let Ok(member) = seal.open_member(self.kind, old.clone()) else { return Ok(()) };
        let new = seal.seal_member(self.kind, &member)?;
        if new != old {
            self.renames.push((old, new));
        }
        Ok(())
    }

    fn open(&self, plain: &Plain, entries: &[EntryKey], answer: Answer) -> Answer {
        let seal = &plain.core.engine().seal;
        let counted = |opened: Result<Vec<u8>, Refusal>| {
            opened.inspect_err(|refusal| plain.counters.refuse(*refusal)).ok()
        };
        let open = |member| counted(seal.open_member(self.kind, member));
        let value = |field: &[u8], value| {
            entries.first().and_then(|entry| counted(seal.open_value(entry, field, value)))
        };
        match answer {
            Answer::Items(items) => {
                let items = items.into_iter().filter_map(|(field, sealed)| {
                    let field = open(field)?;
                    let value = value(&field, sealed)?;
                    Some((field, value))
                });
                Answer::Items(items.collect())
            }
            Answer::Members(members) => {
                Answer::Members(members.into_iter().filter_map(open).collect())
            }
            Answer::Page { cursor, members } => {
                Answer::Page { cursor, members: members.into_iter().filter_map(open).collect() }
            }
            Answer::Scored(scored) => {
                let scored = scored.into_iter();
                Answer::Scored(
                    scored.filter_map(|(each, score)| Some((open(each)?, score))).collect(),
                )
            }
            Answer::Values(values) => {
                let asked = self.fields.iter().zip(values);
                Answer::Values(asked.map(|(field, sealed)| value(field, sealed?)).collect())
            }
            other => other,
        }
    }
}

/// True where there is a member in the answer.
fn is_some(answer: &Answer) -> bool {
    match answer {
        Answer::Members(members) => !members.is_empty(),
        Answer::Scored(scored) => !scored.is_empty(),
        _ => false,
    }
}
