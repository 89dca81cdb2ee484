//! The way of a read, from the question to the answer.
//!
//! [`plan`] says what happens next, as a pure value: steps out, answers in. The drivers
//! ([`blocking`], and [`future`] with the feature `tokio`) do the steps and decide nothing; what
//! both need to do one is in [`engine`] and [`way`]. Next station: `invalidate`, then `flight` and
//! `lease`.

pub(crate) mod blocking;
pub(crate) mod change;
pub(crate) mod ending;
pub(crate) mod engine;
#[cfg(feature = "tokio")]
pub(crate) mod future;
pub(crate) mod loading;
pub(crate) mod many;
pub(crate) mod plan;
pub(crate) mod step;
#[cfg(test)]
mod walk;
pub(crate) mod way;
