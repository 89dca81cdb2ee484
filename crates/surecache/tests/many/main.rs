//! Many reads at once.
#![expect(clippy::unwrap_used, reason = "a test panics where something is amiss")]

mod bypass;
mod ground;
mod leases;
mod nesting;
mod waits;
