//! The cache that is hard to get wrong.
//!
//! Two doors: [`Cache`] for asynchronous services (feature `tokio`), [`BlockingCache`] for the
//! rest. Both answer from a region, which is declared with its key, its scope (who may be given
//! the answer) and its dependencies (what ends it): see [`Region`] and [`BlockingRegion`].
//!
//! Layers, top to bottom; each uses only those below it.

// The doors: what applications call.
mod cache;

// The way of a read, as a pure plan and its drivers.
mod flow;

// What ends validity.
mod invalidate;

// Named locks for users.
mod lock;

// One load at a time: in a process, among processes.
mod flight;
mod lease;

// What this process has opened and the store has not changed.
mod near;

// Where entries, generations and leases are kept.
mod store;

// How long answers live; what is counted.
mod observe;
mod policy;

// What is stored, and under which names.
mod entry;
mod key;

// What every layer may use.
mod base;

pub use base::{Clock, Error, ErrorKind, Moment, SystemClock};
pub use cache::{
    BlockingCache, BlockingLoading, BlockingLock, BlockingLockGuard, BlockingRegion, Config,
    LoadError, Tags,
};
#[cfg(feature = "tokio")]
pub use cache::{Cache, Loading, Lock, LockGuard, Region};
#[cfg(feature = "compress")]
pub use entry::Compressor;
pub use entry::Refusal;
pub use flow::step::Admission;
pub use key::{
    CacheKey, Field, FieldKind, KeyBytes, KeyField, KeyWriter, Part, Principal, PrincipalKind,
    Scope, Table, Tag, TagId,
};
pub use lock::{Places, Term};
pub use observe::{Event, Latency, Observer, Outcome, Statistics, Summary};
pub use policy::Policy;
pub use surecache_macros::CacheKey;

/// What a store owes and is asked; for those who write one or test one.
pub mod stores {
    pub use crate::entry::{Answer, Command, Operation};
    pub use crate::key::{EntryClass, EntryKey, Glob, LockClass, LockName};
    pub use crate::store::{
        Acquired, Acted, Address, Condition, Digest, Endpoint, Fetched, Generation, InTask,
        Incarnation, Line, Listed, Locked, Mark, Memory, Native, Patience, Prolongation, Put,
        Reading, Reply, Request, Revision, Scanned, Standing, Store, Token,
    };
    #[cfg(feature = "embedded")]
    pub use crate::store::{Embedded, EmbeddedCounts, EmbeddedOptions};
    #[cfg(feature = "redis")]
    pub use crate::store::{Redis, RedisOptions, RedisParts};
}

/// What the bindings of other languages are made of. Not part of the stable interface.
#[doc(hidden)]
pub mod driver {
    pub use crate::base::fork_generation;
    pub use crate::cache::{
        Brought, Clearing, Core, Declaration, Declared, Dependency, Encoded, Explanation, Finish,
        Loader, ManyLoader, Next, Plain, PlainCall, PlainCursor, PlainDone, PlainEdit, PlainFound,
        PlainStanding, PrincipalOf, Question, TagState, Template, Walk, get_or_load_many,
    };
    #[cfg(feature = "compress")]
    pub use crate::entry::NotInflated;
    pub use crate::entry::{
        AddRule, Answer, Bound, Codec, Combination, Command, End, Form, Kind, Operation, Order,
        Payload, PlainValue, ScoreRange,
    };
    pub use crate::flow::loading::Load;
    pub use crate::flow::step::Fault;
    pub use crate::key::EntryKey;
    pub use crate::lock::{Held, LockCall, LockDone, LockNext, Taking};
}

/// The Rust code of the README compiles.
#[cfg(all(doctest, feature = "tokio"))]
#[doc = include_str!("../../../README.md")]
mod readme {}

/// The Rust code of the guide runs.
#[cfg(all(doctest, feature = "tokio"))]
#[doc = include_str!("../../../docs/guides/rust.md")]
mod rust_guide {}

/// The Rust code of the page on locks runs.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/locks.md")]
mod locks_guide {}
