//! What every layer may use: errors, time, randomness, locks, fork detection. A closed list.
//!
//! No other module asks the machine for time or randomness, and none takes a lock that is not
//! from [`sync`].

pub(crate) mod clock;
pub(crate) mod error;
pub(crate) mod fork;
pub(crate) mod mutant;
pub(crate) mod random;
pub(crate) mod sync;

pub use clock::{Clock, Moment, SystemClock};
pub use error::{Error, ErrorKind};
pub use fork::generation as fork_generation;
