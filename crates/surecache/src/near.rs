//! The near cache: values of plain keys that this process has opened, kept while their store says
//! that they have not changed.
//!
//! What is kept stands under the revision that the store gave *before* the entry was read, and is
//! used only where the store gives the same one again: so it is never older than what a fetch
//! would bring. Nothing is kept of a store that gives none.

use crate::base::fork::PerProcess;
use crate::base::mutant::{self, Mutant};
use crate::base::sync::{Mutex, lock};
use crate::entry::PlainValue;
use crate::key::EntryKey;
use crate::store::Revision;

/// Values of one namespace. A forked child begins with none.
#[derive(Debug)]
pub(crate) struct Near {
    sets: PerProcess<Vec<Mutex<Set>>>,
}

/// Values with the same place, the oldest first.
type Set = Vec<Kept>;

#[derive(Debug)]
struct Kept {
    key: EntryKey,
    state: [u64; 4],
    value: PlainValue,
}

impl Near {
    pub(crate) fn new() -> Self {
        Self { sets: PerProcess::new() }
    }

    /// The value of a key, where it is kept and its revision is still this one.
    pub(crate) fn get(&self, key: &EntryKey, revision: &Revision) -> Option<PlainValue> {
        let set = lock(&self.sets.get()?[slot(revision)]);
        let kept = set.iter().find(|kept| kept.key == *key)?;
        let is_current = kept.state == revision.state || mutant::is(Mutant::RevisionUnchecked);
        is_current.then(|| kept.value.clone())
    }

    /// Keeps a copy of a value that was read after the store gave this revision of its entry,
    /// unless it is large. Others may go for it.
    pub(crate) fn keep(&self, key: &EntryKey, revision: &Revision, value: &PlainValue) {
        if value.payload.len() > MOST_BYTES {
            return;
        }
        // Not the buffer that it lies in, whose size nobody here knows.
        let value = PlainValue { payload: value.payload.to_vec().into(), ..*value };
        let kept = Kept { key: key.clone(), state: revision.state, value };
        let sets = self.sets.get_or_make(|| (0..SETS).map(|_| Mutex::default()).collect());
        let mut set = lock(&sets[slot(revision)]);
        set.retain(|other| other.key != kept.key);
        set.push(kept);
        let mut bytes: usize = set.iter().map(Kept::bytes).sum();
        while bytes > SET_BYTES {
            bytes -= set.remove(0).bytes();
        }
    }
}

impl Kept {
    /// About what it takes.
    fn bytes(&self) -> usize {
        OWN_BYTES + self.key.as_bytes().len() + self.value.payload.len()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the remainder is small")]
fn slot(revision: &Revision) -> usize {
    (revision.place % SETS as u64) as usize
}

/// With `SET_BYTES`: 8 MiB at most.
const SETS: usize = 1024;
const SET_BYTES: usize = 8192;
/// Of a payload: one alone does not fill a set.
const MOST_BYTES: usize = 4096;
/// Beside key and payload.
const OWN_BYTES: usize = 384;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Codec, NEVER};

    fn value(bytes: usize) -> PlainValue {
        PlainValue { codec: Codec::Raw, payload: vec![7; bytes].into(), hard_unix_ms: NEVER }
    }

    fn revision(number: u64) -> Revision {
        Revision { place: 5, state: [0, 0, 0, number] }
    }

    #[test]
    fn a_value_is_given_for_its_key_and_revision_alone() {
        let (near, key) = (Near::new(), EntryKey::plain(b"k"));
        assert_eq!(near.get(&key, &revision(2)), None);
        near.keep(&key, &revision(2), &value(10));
        assert_eq!(near.get(&key, &revision(2)), Some(value(10)));
        assert_eq!(near.get(&key, &revision(4)), None);
        assert_eq!(near.get(&EntryKey::plain(b"l"), &revision(2)), None);
        assert_eq!(near.get(&EntryKey::region(b"k"), &revision(2)), None);
        near.keep(&key, &revision(4), &value(11));
        assert_eq!(near.get(&key, &revision(2)), None);
        assert_eq!(near.get(&key, &revision(4)), Some(value(11)));
    }

    #[test]
    fn a_set_is_bounded_and_loses_its_oldest() {
        let near = Near::new();
        let keys: Vec<_> = (0..100_u8).map(|number| EntryKey::plain(&[number])).collect();
        for key in &keys {
            near.keep(key, &revision(2), &value(MOST_BYTES));
            near.keep(key, &revision(2), &value(1000));
        }
        let kept: Vec<_> =
            keys.iter().filter(|key| near.get(key, &revision(2)).is_some()).collect();
        assert!(!kept.is_empty() && kept.len() * 1000 <= SET_BYTES, "{}", kept.len());
        assert_eq!(kept.last(), Some(&&keys[99]));
        near.keep(&keys[0], &revision(2), &value(MOST_BYTES + 1));
        assert_eq!(near.get(&keys[0], &revision(2)), None);
    }
}
