//! What the decoder promises, through its public face: each type, each malformed form, and that
//! how bytes arrive makes no difference.

mod encode;
mod feed;
mod golden;
mod hostile;
mod memory;
mod pieces;
