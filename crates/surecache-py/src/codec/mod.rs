//! The safe value codec: Python objects to bytes and back, nothing executed on the way.
//!
//! A value that went through comes back equal and of the same type, or is refused with the path of
//! the part that would not. What JSON can say is plain `MessagePack`, byte for byte what a Rust
//! program reads and writes with `rmp_serde::to_vec_named`; the other types are extensions
//! ([`Ext`]). Types are matched exactly: a subclass would come back as its base.
//!
//! The bytes are described in `docs/reference/values.md`. Next station: [`encode`], [`decode`].

mod decode;
mod encode;
mod known;
mod number;
mod refused;
mod temporal;
mod types;
mod wire;

pub(crate) use decode::decode;
pub(crate) use encode::encode;
pub(crate) use types::{Types, is_exactly};

/// How many containers may lie in one another. Far below what overflows the smallest thread stack,
/// and far above what people write; `rmp-serde` reads 1024.
const MAX_DEPTH: usize = 100;

/// The extension types on the wire. The numbers are for ever.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
// As wide as what stands beside it in an item: a narrow field there makes every copy unaligned.
#[repr(u64)]
enum Ext {
    Tuple = 1,
    Set = 2,
    FrozenSet = 3,
    DateTime = 4,
    Date = 5,
    Time = 6,
    TimeDelta = 7,
    Decimal = 8,
    Uuid = 9,
    BigInt = 10,
}

impl Ext {
    fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::Tuple,
            2 => Self::Set,
            3 => Self::FrozenSet,
            4 => Self::DateTime,
            5 => Self::Date,
            6 => Self::Time,
            7 => Self::TimeDelta,
            8 => Self::Decimal,
            9 => Self::Uuid,
            10 => Self::BigInt,
            _ => return None,
        })
    }
}
