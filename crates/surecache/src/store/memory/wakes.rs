//! Who waits for a lock is told when a place is given back.

use std::collections::HashMap;
use std::sync::Weak;

use super::super::{Wake, Watch};
use crate::base::fork::PerProcess;
use crate::base::sync::{Arc, Mutex, lock};
use crate::key::LockName;

/// What is watched in this process. A forked child, in which nobody waits, begins anew.
#[derive(Debug)]
pub(super) struct Wakes {
    locks: PerProcess<Mutex<HashMap<LockName, Weak<Wake>>>>,
}

impl Wakes {
    pub(super) const fn new() -> Self {
        Self { locks: PerProcess::new() }
    }

    /// Watches a lock. It is looked at first: a place may just have been given back.
    pub(super) fn watch(&self, name: &LockName) -> Watch {
        let mut locks = lock(self.locks.get_or_make(Mutex::default));
        let known = locks.get(name).and_then(Weak::upgrade);
        let wake = known.unwrap_or_else(|| {
            locks.retain(|_, wake| wake.strong_count() > 0);
            let wake = Arc::new(Wake::default());
            locks.insert(name.clone(), Arc::downgrade(&wake));
            wake
        });
        Watch::new(wake, None).that_looks_first()
    }

    /// A place of a lock was given back.
    pub(super) fn tell(&self, name: &LockName) {
        let Some(locks) = self.locks.get() else { return };
        let wake = lock(locks).get(name).and_then(Weak::upgrade);
        if let Some(wake) = wake {
            wake.tell();
        }
    }
}
