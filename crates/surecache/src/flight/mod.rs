//! One load at a time in a process.
//!
//! A *flight* is one load, under the token of its lease. [`Board`] is what is in the air, as a pure
//! value; [`Flights`] is that board shared by threads and tasks, with waiting and waking.
//! A flight is joined by its token only: the token came from the store's answer to a request for
//! the lease, so whoever joins knows that the lease stood after it began to read.

mod board;
mod flights;

pub(crate) use board::{Blind, Landing};
#[cfg(test)]
pub(crate) use board::{Board, Found};
pub(crate) use flights::{Announced, Flight, Flights};
