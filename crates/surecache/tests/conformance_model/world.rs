//! One state of the store, as plain maps.

use std::collections::{BTreeMap, BTreeSet};

use surecache::stores::{Acquired, Fetched, Put, Reading, Reply};

use crate::operation::{Operation, When, bytes, digest, token};

/// Everything that a store keeps.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct World {
    /// Value and expiry.
    entries: BTreeMap<u8, (u8, u64)>,
    /// Token and the time at which it falls.
    leases: BTreeMap<u8, (u8, u64)>,
    /// `None`: created, and never seen by anybody.
    generations: BTreeMap<u8, Option<[u8; 16]>>,
    reports: BTreeMap<u8, u8>,
}

/// What the store told.
#[derive(Clone, Copy)]
pub(crate) enum Answer<'a> {
    /// An error: everything is possible.
    None,
    /// A reply. Where it is damaged, the entries in it have other bytes.
    Told { reply: &'a Reply, is_damaged: bool, seen: &'a BTreeSet<[u8; 16]> },
}

impl World {
    /// The state after an operation was carried out at `now_ms`; `None` where the store could not
    /// have answered so from this state.
    pub(crate) fn after(
        &self,
        operation: &Operation,
        now_ms: u64,
        answer: Answer<'_>,
    ) -> Option<Self> {
        let mut next = self.clone();
        next.forget_what_is_over(now_ms);
        let fits = match operation {
            Operation::Acquire { key, token, replace, period_ms } => {
                next.acquire(*key, *token, *replace, now_ms + period_ms, answer)
            }
            Operation::Advance { .. } => true,
            Operation::Clear => {
                next.entries.clear();
                answer.is(|reply| matches!(reply, Reply::Done))
            }
            Operation::Delete { keys } => next.delete(keys, answer),
            Operation::Establish { tags } => next.establish(tags, answer),
            Operation::Fetch { key, tags } => next.fetch(*key, tags, answer),
            Operation::FetchMany { keys, tags } => next.fetch_many(keys, tags, answer),
            Operation::Invalidate { tags } => {
                next.generations.retain(|tag, _| !tags.contains(tag));
                answer.is(|reply| matches!(reply, Reply::Done))
            }
            Operation::Put { key, value, life_ms, condition } => {
                let expires = life_ms.map_or(u64::MAX, |life| now_ms + life);
                let put = next.put(*key, (*value, expires), *condition);
                answer.is(|reply| matches!(reply, Reply::Put(told) if *told == put))
            }
            Operation::Release { key, token } => {
                if next.holds(*key, *token) {
                    next.leases.remove(key);
                }
                answer.is(|reply| matches!(reply, Reply::Done))
            }
            Operation::Renew { key, token, period_ms } => {
                let holds = next.holds(*key, *token);
                if holds {
                    next.leases.insert(*key, (*token, now_ms + period_ms));
                }
                answer.is(|reply| matches!(reply, Reply::Renewed(told) if *told == holds))
            }
            Operation::Report { writer, value } => {
                next.reports.insert(*writer, *value);
                answer.is(|reply| matches!(reply, Reply::Done))
            }
            Operation::Reports => answer.is(|reply| next.tells_reports(reply)),
        };
        fits.then_some(next)
    }

    fn forget_what_is_over(&mut self, now_ms: u64) {
        self.entries.retain(|_, (_, expires)| now_ms < *expires);
        self.leases.retain(|_, (_, until)| now_ms < *until);
    }

    fn acquire(
        &mut self,
        key: u8,
        own: u8,
        replace: Option<u8>,
        until: u64,
        answer: Answer<'_>,
    ) -> bool {
        if let Some(&(holder, _)) = self.leases.get(&key)
            && holder != own
            && Some(holder) != replace
        {
            return answer.is(|reply| {
                let told = (token(holder), digest(holder));
                matches!(reply, Reply::Acquired(Acquired::Held { token, digest })
                    if (*token, *digest) == told)
            });
        }
        self.leases.insert(key, (own, until));
        answer.is(|reply| match reply {
            Reply::Acquired(Acquired::Taken { entry }) => {
                self.is_entry(key, entry.as_deref(), answer)
            }
            _ => false,
        })
    }

    fn put(&mut self, key: u8, entry: (u8, u64), condition: When) -> Put {
        let there = self.entries.get(&key).map(|(value, _)| *value);
        let refusal = match condition {
            When::Always => None,
            When::Leased(token) => (!self.holds(key, token)).then_some(Put::Fenced),
            When::Absent => there.is_some().then_some(Put::Changed),
            When::Is(value) => (there != Some(value)).then_some(Put::Changed),
        };
        if let Some(refusal) = refusal {
            return refusal;
        }
        self.leases.remove(&key);
        self.entries.insert(key, entry);
        Put::Stored
    }

    fn delete(&mut self, keys: &[u8], answer: Answer<'_>) -> bool {
        let mut count = 0;
        for key in keys {
            self.leases.remove(key);
            count += usize::from(self.entries.remove(key).is_some());
        }
        answer.is(|reply| matches!(reply, Reply::Deleted(told) if *told == count))
    }

    fn establish(&mut self, tags: &[u8], answer: Answer<'_>) -> bool {
        for tag in tags {
            self.generations.entry(*tag).or_insert(None);
        }
        answer.is(|reply| match reply {
            Reply::Generations(told) => self.learn(tags, told, answer),
            _ => false,
        })
    }

    fn fetch(&mut self, key: u8, tags: &[u8], answer: Answer<'_>) -> bool {
        answer.is(|reply| match reply {
            Reply::Fetched(Fetched { entry, generations }) => {
                self.is_entry(key, entry.as_deref(), answer)
                    && self.learn(tags, generations, answer)
            }
            _ => false,
        })
    }

    fn fetch_many(&mut self, keys: &[u8], tags: &[u8], answer: Answer<'_>) -> bool {
        answer.is(|reply| match reply {
            Reply::FetchedMany { entries, generations } => {
                let is_each =
                    |(key, entry): (&u8, Option<&[u8]>)| self.is_entry(*key, entry, answer);
                keys.len() == entries.len()
                    && keys.iter().zip(entries.iter().map(Option::as_deref)).all(is_each)
                    && self.learn(tags, generations, answer)
            }
            _ => false,
        })
    }

    /// Whether these are the generations; one that nobody had seen is known from now on, and must
    /// be one that nobody ever saw.
    fn learn(&mut self, tags: &[u8], told: &[Option<Reading>], answer: Answer<'_>) -> bool {
        let Answer::Told { seen, .. } = answer else { return true };
        let mut fresh = BTreeSet::new();
        tags.len() == told.len()
            && tags.iter().zip(told).all(|(tag, told)| {
                match (self.generations.get_mut(tag), told.map(|told| told.generation.0)) {
                    (None, None) => true,
                    (Some(Some(known)), Some(told)) => *known == told,
                    (Some(unseen), Some(told)) => {
                        *unseen = Some(told);
                        !seen.contains(&told) && fresh.insert(told)
                    }
                    (None, Some(_)) | (Some(_), None) => false,
                }
            })
    }

    /// Damaged bytes still tell that there was an entry.
    fn is_entry(&self, key: u8, told: Option<&[u8]>, answer: Answer<'_>) -> bool {
        let there = self.entries.get(&key).map(|(value, _)| bytes(*value));
        match answer {
            Answer::Told { is_damaged: true, .. } => there.is_some() == told.is_some(),
            _ => there.as_deref() == told,
        }
    }

    fn holds(&self, key: u8, token: u8) -> bool {
        self.leases.get(&key).is_some_and(|(holder, _)| *holder == token)
    }

    fn tells_reports(&self, reply: &Reply) -> bool {
        let Reply::Reports(told) = reply else { return false };
        let mut told = told.clone();
        told.sort();
        let mut wanted: Vec<_> = self.reports.values().map(|value| bytes(*value)).collect();
        wanted.sort();
        told == wanted
    }
}

impl Answer<'_> {
    /// Whether the reply is as wanted; an error always is.
    fn is(self, wanted: impl FnOnce(&Reply) -> bool) -> bool {
        match self {
            Self::None => true,
            Self::Told { reply, .. } => wanted(reply),
        }
    }
}
