//! Invalidations that the store has not taken yet.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::base::fork::Kept;
use crate::key::TagId;

/// The tags whose invalidation this process could not deliver: it believes no entry that carries
/// one, until the delivery has succeeded.
#[derive(Debug, Default)]
pub(crate) struct Undelivered {
    count: AtomicUsize,
    tags: Kept<BTreeSet<TagId>>,
}

impl Undelivered {
    /// Remembers tags whose delivery failed.
    pub(crate) fn add(&self, tags: &[TagId]) {
        self.tags.with(|held| {
            held.extend(tags);
            self.count.store(held.len(), Ordering::Release);
        });
    }

    /// Forgets tags that were delivered.
    pub(crate) fn delivered(&self, tags: &[TagId]) {
        if self.is_empty() {
            return;
        }
        self.tags.with(|held| {
            held.retain(|tag| !tags.contains(tag));
            self.count.store(held.len(), Ordering::Release);
        });
    }

    /// What waits for delivery.
    pub(crate) fn tags(&self) -> Vec<TagId> {
        if self.is_empty() {
            return Vec::new();
        }
        self.tags.with(|held| held.iter().copied().collect())
    }

    /// True where one of these waits. Costs one load where nothing does.
    pub(crate) fn holds_any(&self, tags: &[TagId]) -> bool {
        if self.is_empty() {
            return false;
        }
        self.tags.with(|held| tags.iter().any(|tag| held.contains(tag)))
    }

    fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }
}
