//! Leaves this process's numbers in the store, for whoever asks for the sums, and delivers what an
//! invalidation could not.

use std::fmt;
use std::thread::Thread;
use std::time::Duration;

use super::core::{Core, WeakCore};
use crate::base::fork::{self, PerProcess};
use crate::base::sync::{Mutex, OnceLock, lock};
use crate::base::{Error, random};
use crate::observe::Statistics;
use crate::store::Request;

/// Delivers what waits and writes the numbers each second while they change, in a thread of its
/// own.
pub(super) struct Reporter(PerProcess<Own>);

struct Own {
    writer: [u8; 16],
    /// The counters when this process began: a forked child inherits its parent's, which the
    /// parent reports.
    baseline: Statistics,
    last: Mutex<Statistics>,
    thread: OnceLock<Thread>,
}

impl Reporter {
    pub(super) fn new() -> Self {
        Self(PerProcess::new())
    }

    /// Makes sure that the thread of this process runs. Costs one load when it does.
    pub(super) fn start(&self, core: &Core) {
        if self.0.get().is_none() {
            self.own(core);
            let weak = core.downgrade();
            // Without its thread the numbers are written when somebody asks for them.
            let spawned = std::thread::Builder::new()
                .name("surecache-report".to_owned())
                .spawn(move || tick(&weak));
            if let Ok(spawned) = spawned {
                // Two that start at once have two threads, which is harmless.
                drop(self.own(core).thread.set(spawned.thread().clone()));
            }
        }
    }

    /// Has what could not be delivered tried again soon.
    pub(super) fn hurry(&self, core: &Core) {
        self.start(core);
        if let Some(thread) = self.own(core).thread.get() {
            thread.unpark();
        }
    }

    /// Writes the numbers where they have changed.
    pub(super) fn report(&self, core: &Core) -> Result<(), Error> {
        let own = self.own(core);
        // Read under the lock: of two that report at once, the last writes the newest.
        let mut last = lock(&own.last);
        let statistics = self.statistics(core);
        if statistics == *last {
            return Ok(());
        }
        let record = rmp_serde::to_vec_named(&statistics)
            .map_err(|error| Error::corrupt("statistics do not encode").with_source(error))?;
        let request = Request::Report { writer: own.writer, record: &record };
        core.engine().call(request)?;
        *last = statistics;
        Ok(())
    }

    /// The numbers of this process.
    pub(super) fn statistics(&self, core: &Core) -> Statistics {
        core.counted().since(&self.own(core).baseline)
    }

    fn own(&self, core: &Core) -> &Own {
        self.0.get_or_make(|| Own {
            // Two processes under one name would hide each other's numbers, nothing worse.
            writer: random::bytes().unwrap_or_default(),
            baseline: if fork::generation() == 0 { Statistics::default() } else { core.counted() },
            last: Mutex::new(Statistics::default()),
            thread: OnceLock::new(),
        })
    }
}

fn tick(core: &WeakCore) {
    let mut pause = PERIOD;
    loop {
        std::thread::park_timeout(pause);
        let Some(core) = core.upgrade() else { return };
        // What fails here is tried again at the next tick.
        pause = if core.deliver().is_ok() { PERIOD } else { RETRY };
        drop(core.report());
    }
}

impl fmt::Debug for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reporter").finish_non_exhaustive()
    }
}

const PERIOD: Duration = Duration::from_secs(1);
/// While something waits for delivery: what it ends is still believed elsewhere.
const RETRY: Duration = Duration::from_millis(100);
