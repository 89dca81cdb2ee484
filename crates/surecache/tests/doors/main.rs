//! Both Rust doors, on every store: what a service is promised.
//!
//! Each test of a module runs six times: through [`surecache::BlockingCache`] and through `Cache`,
//! on the memory store, on the embedded one and on a real Redis server. A reader is a thread of its
//! own, whatever the door, so that a test can see when all of them wait. What only tasks can do is
//! in `tasks`.

#![cfg(test)]

mod answers;
mod door;
mod gate;
mod ground;
mod readers;

mod basic;
#[cfg(feature = "compress")]
mod compressed;
mod damage;
mod dead_store;
mod failures;
mod flights;
mod nesting;
mod overlaps;
mod secrets;
mod statistics;
#[cfg(feature = "tokio")]
mod tasks;
mod times;
mod waits;
