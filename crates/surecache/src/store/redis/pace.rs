//! Ends an exchange that goes on too slowly. Each single read and write is bounded by itself.

use std::io::{self, ErrorKind};
use std::time::Duration;

use crate::base::{Clock as _, SystemClock};
use crate::store::Patience;

/// How an exchange goes on.
#[derive(Debug)]
pub(super) struct Pace {
    timeout: Duration,
    began: Option<Duration>,
    patience: Patience,
}

impl Pace {
    pub(super) fn new(timeout: Duration) -> Self {
        Self { timeout, began: None, patience: Patience::default() }
    }

    /// Notes what a read or a write has brought, where more is to come.
    ///
    /// # Errors
    /// A time-out, where too little has come for too long.
    pub(super) fn passed(&mut self, bytes: usize) -> io::Result<()> {
        let now = SystemClock.uptime();
        let began = *self.began.get_or_insert(now);
        self.patience.passed(bytes, now);
        let left = self.patience.left(began, self.timeout, now);
        left.map(drop).ok_or_else(|| ErrorKind::TimedOut.into())
    }
}
