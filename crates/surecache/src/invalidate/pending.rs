//! Invalidations that the store has not taken yet.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::base::fork::Kept;
use crate::base::mutant::{self, Mutant};
use crate::key::{EntryKey, TagId};

/// What this process could not have ended: it believes no entry that carries one of the tags, and
/// none of the entries, until the delivery has succeeded.
#[derive(Debug, Default)]
pub(crate) struct Undelivered {
    count: AtomicUsize,
    held: Kept<Held>,
}

#[derive(Debug, Default)]
struct Held {
    /// Each with the number of the attempt that failed last.
    tags: BTreeMap<TagId, u64>,
    entries: BTreeMap<EntryKey, u64>,
    attempts: u64,
}

/// What waited for delivery at some moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waiting {
    pub(crate) tags: Vec<TagId>,
    pub(crate) entries: Vec<EntryKey>,
    /// What failed later is not delivered with it.
    until: u64,
}

impl Undelivered {
    /// Remembers what could not be delivered.
    pub(crate) fn add(&self, tags: &[TagId], entries: &[EntryKey]) {
        self.held.with(|held| {
            held.attempts += 1;
            let attempt = held.attempts;
            held.tags.extend(tags.iter().map(|tag| (*tag, attempt)));
            held.entries.extend(entries.iter().map(|entry| (entry.clone(), attempt)));
            self.count.store(held.tags.len() + held.entries.len(), Ordering::Release);
        });
    }

    /// Forgets what was delivered, unless its delivery has failed again since.
    pub(crate) fn delivered(&self, waiting: &Waiting) {
        if self.is_empty() {
            return;
        }
        self.held.with(|held| {
            forget(&mut held.tags, &waiting.tags, waiting.until);
            forget(&mut held.entries, &waiting.entries, waiting.until);
            self.count.store(held.tags.len() + held.entries.len(), Ordering::Release);
        });
    }

    /// What waits for delivery: at most so many tags, and so many entries.
    pub(crate) fn waiting(&self, most: usize) -> Waiting {
        if self.is_empty() {
            return Waiting::default();
        }
        self.held.with(|held| Waiting {
            tags: held.tags.keys().take(most).copied().collect(),
            entries: held.entries.keys().take(most).cloned().collect(),
            until: held.attempts,
        })
    }

    /// True where one of these waits. Costs one load where nothing does.
    pub(crate) fn holds_any(&self, tags: &[TagId]) -> bool {
        !self.is_passed()
            && self.held.with(|held| tags.iter().any(|tag| held.tags.contains_key(tag)))
    }

    /// True where this one waits. Costs one load where nothing does.
    pub(crate) fn holds(&self, entry: &EntryKey) -> bool {
        !self.is_passed() && self.held.with(|held| held.entries.contains_key(entry))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    /// True where a reader need not look.
    fn is_passed(&self) -> bool {
        self.is_empty() || mutant::is(Mutant::UndeliveredRead)
    }
}

/// Removes what was delivered, but not what failed after that attempt.
fn forget<K: Ord>(held: &mut BTreeMap<K, u64>, delivered: &[K], until: u64) {
    for key in delivered {
        if held.get(key).is_some_and(|attempt| *attempt <= until) {
            held.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: TagId = TagId([7; 16]);

    #[test]
    fn what_was_delivered_is_forgotten() {
        let (undelivered, entry) = (Undelivered::default(), EntryKey::region(b"e"));
        undelivered.add(&[TAG], std::slice::from_ref(&entry));
        assert!(undelivered.holds_any(&[TagId([1; 16]), TAG]) && undelivered.holds(&entry));
        undelivered.delivered(&undelivered.waiting(9));
        assert!(undelivered.is_empty() && !undelivered.holds(&entry));
    }

    #[test]
    fn what_is_not_asked_for_goes_on_waiting() {
        let undelivered = Undelivered::default();
        let tags: Vec<_> = (0..5).map(|number| TagId([number; 16])).collect();
        undelivered.add(&tags, &[]);
        let mut delivered = 0;
        for left in [3, 1, 0] {
            let some = undelivered.waiting(2);
            delivered += some.tags.len();
            undelivered.delivered(&some);
            assert_eq!(tags.iter().filter(|tag| undelivered.holds_any(&[**tag])).count(), left);
        }
        assert_eq!(delivered, 5);
    }

    /// One thread delivers what waits; before it notes that, another fails to deliver the same tag
    /// for a later write. That one must still be delivered.
    #[test]
    fn what_failed_again_meanwhile_is_kept() {
        let undelivered = Undelivered::default();
        undelivered.add(&[TAG], &[]);
        let delivered = undelivered.waiting(9);
        undelivered.add(&[TAG], &[]);
        undelivered.delivered(&delivered);
        assert!(undelivered.holds_any(&[TAG]));
    }
}
