//! Invalidations that the store has not taken yet.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::base::sync::{Mutex, lock};
use crate::key::TagId;

/// The tags whose invalidation this process could not deliver: it believes no entry that carries
/// one, until the delivery has succeeded.
#[derive(Debug, Default)]
pub(crate) struct Undelivered {
    count: AtomicUsize,
    tags: Mutex<BTreeSet<TagId>>,
}

impl Undelivered {
    /// Remembers tags before their delivery is tried, so that no reader slips in between.
    pub(crate) fn add(&self, tags: &[TagId]) {
        let mut held = lock(&self.tags);
        held.extend(tags);
        self.count.store(held.len(), Ordering::Release);
    }

    /// Forgets tags that were delivered.
    pub(crate) fn delivered(&self, tags: &[TagId]) {
        let mut held = lock(&self.tags);
        for tag in tags {
            held.remove(tag);
        }
        self.count.store(held.len(), Ordering::Release);
    }

    /// What waits for delivery.
    pub(crate) fn tags(&self) -> Vec<TagId> {
        if self.is_empty() {
            return Vec::new();
        }
        lock(&self.tags).iter().copied().collect()
    }

    /// True where one of these waits. Costs one load where nothing does.
    pub(crate) fn holds_any(&self, tags: &[TagId]) -> bool {
        if self.is_empty() {
            return false;
        }
        let held = lock(&self.tags);
        tags.iter().any(|tag| held.contains(tag))
    }

    fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }
}
