//! An entry: header and sealed payload.
//!
//! The layout is described byte by byte in `docs/reference/format.md`. [`Seal::open`] is the only
//! way from stored bytes to a payload: whatever it hands out was sealed by a holder of the secret,
//! for this very key, and is whole. [`Form::Mixed`] lets in more, where that is declared. Whether
//! it may still be *used* (time, generations) is decided above, in `flow`.

mod collection;
#[cfg(feature = "compress")]
mod compress;
mod form;
mod header;
mod member;
mod packing;
mod payload;
mod refusal;
mod seal;

pub use collection::{
    AddRule, Answer, Bound, Collection, Combination, Command, End, Kind, Operation, Order,
    ScoreRange, combine,
};
#[cfg(feature = "compress")]
pub use compress::{Compressor, NotInflated};
pub use form::Form;
#[cfg(feature = "embedded")]
pub(crate) use header::plain_key;
pub use header::{Codec, Fingerprint, Header, NEVER, Stamp};
#[cfg(feature = "compress")]
pub use packing::Compression;
pub use payload::{Entry, Payload, PlainValue};
pub use refusal::Refusal;
pub use seal::Seal;

#[cfg(test)]
mod tests;
