//! The store on real servers that are restored, promoted, full, paused, killed or behind a proxy
//! that mixes everything up: no stale answer, no foreign one, nobody stuck.
//!
//! `ground` has the region that all read; `relay` stands between a cache and its server. What every
//! store is promised is in `doors` and in the conformance suite.

#![cfg(test)]
#![cfg(feature = "redis")]

mod ground;
mod relay;

mod clear;
mod collections;
mod flights;
mod foreign;
mod full;
mod globs;
mod idle;
mod incarnation;
mod outage;
mod pool;
mod proxy;
mod refusals;
mod rights;
mod slow;
#[cfg(feature = "tokio")]
mod tasks;
mod tls;
mod wakes;
