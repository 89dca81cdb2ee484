//! The protocol of Redis and Valkey, RESP2 and RESP3, without sockets.
//!
//! [`write_command`] makes the bytes to send; a [`Decoder`] takes the bytes that come back and
//! gives [`Value`]s. Neither reads, writes or waits, so that blocking and asynchronous drivers
//! share them. What a command or a reply means is no matter of this crate.
//!
//! A server is not believed: every length and every count is checked against [`Limits`], memory
//! is taken as bytes arrive and not as they are announced, and the first wrong byte ends the
//! connection ([`Malformed`]).
//!
//! Source: the RESP protocol specification of Redis, and RESP3 by Salvatore Sanfilippo.

// What is read.
mod decoder;
mod limits;
mod malformed;
mod value;

// What is sent.
mod command;

pub use command::{begin_command, write_argument, write_command, write_joined};
pub use decoder::Decoder;
pub use limits::Limits;
pub use malformed::Malformed;
pub use value::Value;
