//! Locks and semaphores through the doors of Rust, on every store.
#![cfg(all(feature = "embedded", feature = "redis", feature = "tokio"))]
#![expect(clippy::unwrap_used, reason = "a test panics where something is amiss")]

mod ground;
mod holding;
mod trouble;
mod waiting;
