//! What happened, in numbers: outcomes, refusals, latencies, per region.
//!
//! Each read ends in exactly one [`Outcome`], recorded once, by the driver, at the end of the way.
//! Counting takes no lock.

mod event;
mod histogram;
mod outcome;
mod statistics;

pub use event::{Event, Observer};
pub use histogram::Latency;
pub use outcome::Outcome;
pub use statistics::{Counters, Statistics, Summary};
