//! Changes that begin with a put in place of a read, where what stands there can be guessed.
//!
//! A put that is carried out only where the guess is right is the whole change in one trip to a
//! server; where it is wrong the server says in the same trip what stands there, as a read would
//! have. A guess is never an answer: only a put may come of it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use bytes::BytesMut;

use super::PlainCall;
use super::call::{Sealed, State};
use crate::base::fork::PerProcess;
use crate::base::sync::{Mutex, lock};
use crate::flow::change::Edit;
use crate::key::EntryKey;

/// The bytes of numbers that this process has stored last, by their keys.
#[derive(Debug)]
pub(super) struct Recent {
    places: PerProcess<Vec<Mutex<Place>>>,
}

type Place = Option<(EntryKey, Vec<u8>)>;

impl Recent {
    pub(super) fn new() -> Self {
        Self { places: PerProcess::new() }
    }

    /// Keeps the bytes of a number; another one may go for it.
    pub(super) fn keep(&self, entry: EntryKey, bytes: Vec<u8>) {
        let places = self.places.get_or_make(|| (0..PLACES).map(|_| Mutex::default()).collect());
        let place = place(&entry);
        *lock(&places[place]) = Some((entry, bytes));
    }

    fn get(&self, entry: &EntryKey) -> Option<BytesMut> {
        match &*lock(&self.places.get()?[place(entry)]) {
            Some((key, bytes)) if key == entry => Some(bytes[..].into()),
            _ => None,
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the remainder is small")]
fn place(entry: &EntryKey) -> usize {
    let mut hasher = DefaultHasher::new();
    entry.hash(&mut hasher);
    (hasher.finish() % PLACES as u64) as usize
}

impl PlainCall {
    /// Keeps a number that was stored, for the next change.
    pub(super) fn keep_recent(&mut self, sealed: Sealed) {
        if self.saves_trips()
            && let Some(entry) = self.entries.pop()
        {
            self.plain.recent.keep(entry, sealed.bytes);
        }
    }

    fn saves_trips(&self) -> bool {
        !self.plain.core.engine().store.is_local()
    }

    /// Has a change begin with a put, where a guess leads to one, and a trip can be saved.
    pub(super) fn guessed(mut self) -> Self {
        if !self.saves_trips() {
            return self;
        }
        let (edit, guess) = match (&self.state, self.entries.first()) {
            (State::Edit(edit @ Edit::Add { payload, .. }), _) if payload.len() <= MOST_BYTES => {
                (edit.clone(), None)
            }
            (State::Edit(edit @ Edit::Count { .. }), Some(entry)) => {
                let Some(bytes) = self.plain.recent.get(entry) else { return self };
                (edit.clone(), Some(bytes))
            }
            _ => return self,
        };
        let ended = self.decide(edit.clone(), guess);
        if ended.is_some() || !matches!(self.state, State::PutEdit { .. }) {
            self.state = State::Edit(edit);
        }
        self
    }
}

/// A number takes about 200 bytes with its key.
const PLACES: usize = 256;

/// A larger value is not sent only to learn that it was not wanted.
const MOST_BYTES: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_of_a_key_is_kept_and_of_no_other() {
        let recent = Recent::new();
        let keys: Vec<_> = (0..=255_u8).flat_map(|a| [[a, 0], [a, 1]]).collect();
        let keys: Vec<_> = keys.iter().map(|key| EntryKey::plain(key)).collect();
        assert_eq!(recent.get(&keys[0]), None);
        for key in &keys {
            recent.keep(key.clone(), b"old".to_vec());
            recent.keep(key.clone(), key.as_bytes().to_vec());
        }
        let kept: Vec<_> = keys.iter().filter_map(|key| Some((key, recent.get(key)?))).collect();
        assert!((1..=PLACES).contains(&kept.len()), "{}", kept.len());
        assert!(kept.iter().all(|(key, bytes)| key.as_bytes() == &bytes[..]));
    }
}
