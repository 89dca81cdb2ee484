//! Collections under plain keys: sets, hashes, sorted sets, lists.
//!
//! A [`Command`] is one operation on one collection, or on a few sets. A server that has the types
//! itself is sent the command; everywhere else the collection is the payload of one entry, and
//! [`Collection::apply`] is what the command does to it: a pure function, with the same answers as
//! a server's. Members, fields and elements are bytes here that are equal or not.

mod answer;
mod bytes;
mod command;
mod hashes;
mod lists;
mod sets;
mod sorted_sets;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

pub use answer::Answer;
pub use command::{AddRule, Bound, Combination, Command, End, Operation, Order, ScoreRange};

/// What a key may hold beside a plain value.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Kind {
    /// Fields with values.
    Hash,
    /// Elements in an order.
    List,
    /// Members.
    Set,
    /// Members with scores.
    SortedSet,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hash => "a hash",
            Self::List => "a list",
            Self::Set => "a set",
            Self::SortedSet => "a sorted set",
        })
    }
}

/// A collection as it is kept where no server keeps it.
#[derive(Clone, Debug, PartialEq)]
pub enum Collection {
    /// Fields with values.
    Hash(BTreeMap<Vec<u8>, Vec<u8>>),
    /// Elements in their order.
    List(VecDeque<Vec<u8>>),
    /// Members.
    Set(BTreeSet<Vec<u8>>),
    /// Members with scores, none of which is NaN.
    SortedSet(BTreeMap<Vec<u8>, f64>),
}

/// An answer, and whether the collection is another one now.
type Applied = (Answer, bool);

impl Collection {
    /// One with nothing in it.
    pub fn empty(kind: Kind) -> Self {
        match kind {
            Kind::Hash => Self::Hash(BTreeMap::new()),
            Kind::List => Self::List(VecDeque::new()),
            Kind::Set => Self::Set(BTreeSet::new()),
            Kind::SortedSet => Self::SortedSet(BTreeMap::new()),
        }
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Hash(_) => Kind::Hash,
            Self::List(_) => Kind::List,
            Self::Set(_) => Kind::Set,
            Self::SortedSet(_) => Kind::SortedSet,
        }
    }

    /// True where there is nothing in it: then there is no collection.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Hash(fields) => fields.is_empty(),
            Self::List(elements) => elements.is_empty(),
            Self::Set(members) => members.is_empty(),
            Self::SortedSet(members) => members.is_empty(),
        }
    }

    /// Does what a command says, where it is about one collection of this kind; `None` where not.
    /// What is drawn at random comes from the seed.
    pub fn apply(&mut self, command: &Command, seed: u64) -> Option<Applied> {
        match self {
            Self::Hash(fields) => hashes::apply(fields, command),
            Self::List(elements) => lists::apply(elements, command),
            Self::Set(members) => sets::apply(members, command, seed),
            Self::SortedSet(members) => sorted_sets::apply(members, command),
        }
    }
}

pub use sets::combine;

/// The part from `start` to `stop`, both included, of so many; negative ones count from the end.
fn span(start: i64, stop: i64, length: usize) -> std::ops::Range<usize> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let from_end = |at: i64| if at < 0 { at.saturating_add(length) } else { at };
    let (start, stop) = (from_end(start).max(0), from_end(stop).min(length - 1));
    if start > stop {
        return 0..0;
    }
    index(start)..index(stop) + 1
}

/// Of a number that was checked to be none below zero.
fn index(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
