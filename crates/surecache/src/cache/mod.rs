//! The doors: what applications and the bindings call.
//!
//! A door turns a declaration and a key into a [`Subject`](crate::flow::step::Subject), lets a
//! driver of `flow` walk its plan, and turns the end into a value. It decides nothing on the way.

#[cfg(feature = "tokio")]
mod asynchronous;
mod blocking;
mod clearing;
mod config;
mod core;
mod declaration;
mod explain;
mod location;
mod locks;
mod many;
mod plain;
mod reading;
mod region;
mod registry;
mod report;
mod stepwise;
mod tags;
mod template;
mod value;
mod waits;

#[cfg(feature = "tokio")]
pub use asynchronous::{Cache, Loading};
pub use blocking::{BlockingCache, BlockingLoading, BlockingRegion};
pub use clearing::Clearing;
pub use config::Config;
pub use core::Core;
pub use declaration::{Declaration, Declared};
pub use explain::{Explanation, TagState};
pub use locks::{BlockingLock, BlockingLockGuard};
#[cfg(feature = "tokio")]
pub use locks::{Lock, LockGuard};
pub use many::{ManyLoader, get_or_load_many};
pub use plain::{Plain, PlainCall, PlainCursor, PlainDone, PlainEdit, PlainFound, PlainStanding};
pub use reading::{Brought, Encoded, Finish, Loader, Question};
pub use region::LoadError;
#[cfg(feature = "tokio")]
pub use region::Region;
pub use stepwise::{Next, Walk};
pub use tags::Tags;
pub use template::{Dependency, PrincipalOf, Template};
