//! The service over HTTP: the real program on a free port, driven by clients that may go away.

#![cfg(test)]

mod client;
mod server;

mod cold;
mod door;
mod processes;
mod writes;
