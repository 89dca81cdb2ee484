//! Who is the primary of a service, as a majority of its sentinels has said lately.
//!
//! A thread asks them each second while the store is used, so that a primary that was replaced is
//! left though it still answers. What was said is believed for a few seconds: a process that hears
//! from no majority may have been cut off together with a primary that is none any more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::options::RedisOptions;
use super::sentinel::{self, Panel};
use super::trouble::Trouble;
use crate::base::fork::PerProcess;
use crate::base::mutant::{self, Mutant};
use crate::base::sync::{Arc, Mutex, lock};
use crate::base::{Clock as _, SystemClock};
use crate::store::{Address, Standing};

/// What is known of a primary; each process finds out for itself.
#[derive(Debug)]
pub(super) struct Primary(PerProcess<Arc<Known>>);

#[derive(Debug, Default)]
struct Known {
    said: Mutex<Option<Said>>,
    is_watched: AtomicBool,
    is_used: AtomicBool,
}

#[derive(Debug)]
struct Said {
    address: Address,
    at: Duration,
}

impl Primary {
    pub(super) fn new() -> Self {
        Self(PerProcess::new())
    }

    /// Where it is. Blocks where nothing was said lately, for as long as the sentinels take.
    ///
    /// # Errors
    /// `Unavailable` where no majority of them names one server.
    pub(super) fn address(&self, options: &RedisOptions) -> Result<Address, Trouble> {
        let known = self.known();
        if let Some(address) = known.lately(Address::clone) {
            return Ok(address);
        }
        let address = known.ask(options, &mut Panel::default())?;
        known.watch(options);
        Ok(address)
    }

    /// Whether it is at an address, by what was said lately. Never blocks.
    pub(super) fn standing(&self, address: &Address) -> Standing {
        match self.known().lately(|said| said == address) {
            _ if mutant::is(Mutant::PrimaryKept) => Standing::Here,
            Some(true) => Standing::Here,
            Some(false) => Standing::Elsewhere,
            None => Standing::Unknown,
        }
    }

    fn known(&self) -> &Arc<Known> {
        self.0.get_or_make(Arc::default)
    }
}

impl Known {
    fn lately<T>(&self, look: impl FnOnce(&Address) -> T) -> Option<T> {
        self.is_used.store(true, Ordering::Relaxed);
        let said = lock(&self.said);
        let said = said.as_ref()?;
        let age = SystemClock.uptime().saturating_sub(said.at);
        (age < BELIEVED).then(|| look(&said.address))
    }

    /// Asks the sentinels. Of two answers the one that was asked for later counts.
    fn ask(&self, options: &RedisOptions, panel: &mut Panel) -> Result<Address, Trouble> {
        let at = SystemClock.uptime();
        let address = sentinel::elect(options, panel)?;
        let mut said = lock(&self.said);
        if said.as_ref().is_none_or(|said| said.at <= at) {
            *said = Some(Said { address: address.clone(), at });
        }
        Ok(address)
    }

    /// Sees to it that somebody asks again. Where there can be no thread, callers do.
    fn watch(self: &Arc<Self>, options: &RedisOptions) {
        if self.is_watched.swap(true, Ordering::AcqRel) {
            return;
        }
        let (known, mut options) = (Arc::clone(self), options.clone());
        options.connect_timeout = options.connect_timeout.min(QUESTION);
        let thread = std::thread::Builder::new().name("surecache-sentinels".to_owned());
        if thread.spawn(move || known.ask_each_second(&options)).is_err() {
            self.is_watched.store(false, Ordering::Release);
        }
    }

    fn ask_each_second(&self, options: &RedisOptions) {
        let (mut unused, mut panel) = (0, Panel::default());
        while unused < MOST_UNUSED {
            std::thread::sleep(PERIOD);
            unused = if self.is_used.swap(false, Ordering::Relaxed) { 0 } else { unused + 1 };
            // Where no majority answers, what was said grows old.
            drop(self.ask(options, &mut panel));
        }
        self.is_watched.store(false, Ordering::Release);
    }
}

/// Between two times at which the sentinels are asked.
const PERIOD: Duration = Duration::from_secs(1);
/// How long a majority's word is believed: a round may be lost.
const BELIEVED: Duration = Duration::from_secs(3);
/// How long a step of asking one sentinel may take in a round, whatever the settings say: what was
/// said before must not grow too old meanwhile.
const QUESTION: Duration = Duration::from_millis(250);
/// Rounds without a caller after which nobody asks any more.
const MOST_UNUSED: u32 = 10;
