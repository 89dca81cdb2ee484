//! What the service counts itself, beside the cache's own statistics.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

/// Counts loads that were begun, and requests that are being answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    profile_loads: AtomicU64,
    rights_loads: AtomicU64,
    dashboard_loads: AtomicU64,
    requests: AtomicU64,
}

/// The counts at one moment.
#[derive(Debug, Serialize)]
pub(crate) struct Counted {
    profile_loads: u64,
    rights_loads: u64,
    dashboard_loads: u64,
    requests_in_progress: u64,
}

/// A request that is being answered; also one whose client has gone ends with this.
#[derive(Debug)]
pub(crate) struct InProgress(Counts);

impl Counts {
    pub(crate) fn profile_load(&self) {
        self.0.profile_loads.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn rights_load(&self) {
        self.0.rights_loads.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn dashboard_load(&self) {
        self.0.dashboard_loads.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn request(&self) -> InProgress {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
        InProgress(self.clone())
    }

    pub(crate) fn now(&self) -> Counted {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counted {
            profile_loads: read(&self.0.profile_loads),
            rights_loads: read(&self.0.rights_loads),
            dashboard_loads: read(&self.0.dashboard_loads),
            requests_in_progress: read(&self.0.requests),
        }
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.0.0.requests.fetch_sub(1, Ordering::Relaxed);
    }
}
