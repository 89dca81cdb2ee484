//! What a store must prove, and the means to prove it.
//!
//! - [`conformance!`] makes a module of tests out of a way to open a store: one test for each
//!   obligation that [`Store`](surecache::stores::Store) and its requests name.
//! - [`FaultyStore`] wraps a store and makes it fail, on purpose and repeatably.
//! - [`ManualClock`] is the time of a test: nothing happens until the test says so.
//! - [`Folder`] is a place on the disk that goes with the test.
//! - [`RedisServer`] is a real server, with nothing in it and its time in the test's hand.
//! - [`fork`] forks a process while its threads use a store.
//! - [`machine_lacks`] notes that a test could not run.
//! - [`history`] finds the stale reads in a record of reads and writes.
//!
//! A failed obligation panics, as a test does. Nothing here is for production.

mod ask;
mod clock;
pub mod conformance;
mod faulty;
mod folder;
pub mod fork;
pub mod history;
mod machine;
mod redis;
mod seeded;

pub use ask::Ask;
pub use clock::ManualClock;
pub use conformance::{Subject, unique_name};
pub use faulty::{Fault, FaultyStore, Side};
pub use folder::Folder;
pub use machine::machine_lacks;
pub use redis::{RedisServer, certificate};
pub use seeded::{Rates, Seeded};
